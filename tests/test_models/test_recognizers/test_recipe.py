"""A recipe by its name, with sizes and scale filled in."""

import pytest
from mmaction.registry import MODELS

from stcr_mmaction.models import SiameseBlending
from stcr_mmaction.models.recognizers.recipe import (
    RECIPES,
    blend_paths,
    fit_paths,
    follow_recipe,
    read_recipe,
)

CLIP = 16, 32, 32
SCALE = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
PREPROCESSOR = dict(type='ActionDataPreprocessor', format_shape='NCTHW', **SCALE)


def build(**options):
    backbone = dict(type='VCOPR3D', base_channels=4)
    model = dict(type='STCR', backbone=backbone, data_preprocessor=PREPROCESSOR)
    return MODELS.build({**model, **options})


@pytest.mark.parametrize('name', RECIPES)
def test_a_model_is_what_the_recipe_says(name):
    recipe = read_recipe(name).recipe
    model = build(recipe=name, clip_shape=CLIP)
    written = build(
        clip_shape=CLIP,
        consistency_head=recipe.consistency_head,
        motion_head=recipe.get('motion_head'),
        data_preprocessor=dict(PREPROCESSOR, blending=blend_paths(recipe, CLIP)),
    )
    assert str(model) == str(written)
    ours, theirs = (m.data_preprocessor.blending for m in (model, written))
    assert repr(ours.paths) == repr(theirs.paths)
    assert ours.scale.mean.tolist() == pytest.approx(SCALE['mean'])


@pytest.mark.parametrize(
    'kind', ['SiameseBlending', 'mmaction.SiameseBlending', SiameseBlending]
)
def test_what_the_config_says_stays(kind):
    head, blending = dict(pooling='mean'), dict(type=kind, clean=[], noise=[])
    given = dict(consistency_head=head, data_preprocessor=dict(blending=blending))
    followed = follow_recipe('paper', CLIP, given)
    assert followed['consistency_head'] == dict(type='STCRHead', pooling='mean')
    assert followed['data_preprocessor'] == dict(blending=blending)
    in_pipeline = dict(data_preprocessor=dict(blending=None))
    assert follow_recipe('paper', CLIP, in_pipeline)['data_preprocessor'] == dict(
        blending=None
    )


@pytest.fixture
def told(monkeypatch):
    messages = []
    monkeypatch.setattr(
        'stcr_mmaction.models.recognizers.recipe.print_log',
        lambda message, *_: messages.append(message),
    )
    return messages


def test_a_blending_that_makes_no_paths_is_left_out_with_a_word(told):
    mixup = dict(blending=dict(type='MixupBlending', num_classes=5))
    followed = follow_recipe('contrast', CLIP, dict(data_preprocessor=mixup))
    assert followed['data_preprocessor']['blending']['type'] == 'SiameseBlending'
    assert told == ["recipe 'contrast': without MixupBlending"]


def test_the_published_recipe_warns_of_its_collapse_without_labels(told):
    follow_recipe('paper', CLIP, dict(cls_head=dict(type='I3DHead')))
    follow_recipe('contrast', CLIP, {})
    assert not told
    follow_recipe('paper', CLIP, {})
    assert 'features of all videos are the same' in told[0]


def test_optical_flow_is_known_by_its_two_channels():
    flow = dict(data_preprocessor=dict(mean=[0.5, 0.5], std=[1, 1]))
    blending = follow_recipe('paper', CLIP, flow)['data_preprocessor']['blending']
    kinds = [step['type'] for step in blending['noise']]
    assert kinds == ['RandomClipCrop', 'IntraVideoMixup']


def test_frames_that_are_not_square_are_not_cropped():
    recipe = read_recipe('paper').recipe
    kinds = [step['type'] for step in blend_paths(recipe, (16, 32, 40))['noise']]
    assert kinds == ['SpatioTemporalTransform', 'IntraVideoMixup']


def test_a_recipe_of_ones_own(tmp_path):
    file = tmp_path / 'mine.py'
    file.write_text(
        "_base_ = 'stcr_mmaction::_base_/recipes/paper.py'\n"
        "recipe = dict(noise=[dict(type='IntraVideoMixup', max_weight=0.3)])\n"
    )
    recipe = read_recipe(str(file)).recipe
    assert fit_paths(recipe, CLIP)['noise'][0]['max_weight'] == 0.3
    assert build(recipe=str(file), clip_shape=CLIP).consistency_head is not None


def test_errors_name_the_recipe(tmp_path):
    with pytest.raises(ValueError, match="no recipe 'papr': choose one of paper, contra"):
        build(recipe='papr', clip_shape=CLIP)
    with pytest.raises(ValueError, match=r"recipe='paper' needs clip_shape=\(T, H, W\)"):
        build(recipe='paper')
    (tmp_path / 'empty.py').write_text('recipe = dict(what=1)\n')
    with pytest.raises(ValueError, match='empty.py: its recipe lacks clean, consist'):
        read_recipe(str(tmp_path / 'empty.py'))


@pytest.mark.parametrize(
    ('step', 'said'),
    [
        (
            "dict(type='IntraVideoMixpu')",
            "'IntraVideoMixpu'; near .* IntraVideoMixup",
        ),
        ('dict(alpha=1.0)', 'has no type'),
    ],
)
def test_a_misspelt_augmentation_of_a_recipe_is_told_with_its_place(tmp_path, step, said):
    file = tmp_path / 'mine.py'
    base = "_base_ = 'stcr_mmaction::_base_/recipes/paper.py'"
    file.write_text(f'{base}\nrecipe = dict(noise=[{step}])\n')
    with pytest.raises(ValueError, match=rf"noise of recipe '.*mine\.py': .*{said}"):
        read_recipe(str(file))


def test_another_scale_than_the_preprocessor_has_is_refused():
    blending = dict(type='SiameseBlending', clean=[], noise=[], mean=[0, 0, 0])
    with pytest.raises(ValueError, match='given mean=.* but its preprocessor has'):
        build(
            clip_shape=CLIP,
            consistency_head=dict(type='STCRHead'),
            data_preprocessor=dict(PREPROCESSOR, blending=blending),
        )
