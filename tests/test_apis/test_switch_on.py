"""Consistency switched on in configs that know nothing of it."""

import copy

import pytest
from mmengine.config import Config

from stcr_mmaction.apis.switch_on import switch_on
from stcr_mmaction.models.recognizers.recipe import HEADS, fit_paths, read_recipe

C3D = 'c3d/c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb.py'
MVIT = 'mvit/mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb.py'
CONCATENATED = (
    'slowonly/slowonly_imagenet-pretrained-r50_32xb8-8x8x1-steplr-150e_kinetics710-rgb.py'
)
FLOW = 'slowonly/slowonly_r50_8xb16-16x4x1-256e_kinetics400-flow.py'
TESTED = 'x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py'
MODEL_ALONE = 'uniformerv2/uniformerv2-base-p16-res224_clip-pre_u8_kinetics710-rgb.py'
DATA = {
    'train_dataloader.dataset.ann_file': 'list.txt',
    'train_dataloader.dataset.data_prefix.video': 'videos',
}


def read(name, **options):
    path = Config._get_cfg_path(f'mmaction::{name}', '')[0]
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(options)
    return cfg


def recognition(name, **options):
    return read(f'recognition/{name}', **options)


def find(pipeline, kind):
    return next(step for step in pipeline if step['type'] == kind)


def noise_of(dataset):
    return [step['type'] for step in find(dataset.pipeline, 'SiamesePaths')['noise']]


@pytest.mark.parametrize('recipe', ['paper', 'contrast'])
def test_only_what_it_says_changes(recipe):
    stock = recognition(C3D)
    untouched = copy.deepcopy(stock)
    cfg = switch_on(stock, recipe).to_dict()
    assert stock.to_dict() == untouched.to_dict()
    before = stock.to_dict()
    changed = {key for key in cfg if cfg[key] != before.get(key)}
    assert changed == {
        *('model', 'train_dataloader', 'train_pipeline', 'custom_imports'),
        *('custom_hooks', 'default_hooks'),
    }
    said = read_recipe(recipe).recipe.to_dict()
    heads = {name: said[name] for name in HEADS if name in said}
    assert cfg['model'] == dict(
        before['model'], type='STCR', clip_shape=(16, 112, 112), **heads
    )
    assert cfg['custom_imports']['imports'] == ['stcr_mmaction']


def test_hooks_look_on_beside_those_there_are():
    stock = recognition(C3D, custom_hooks=[dict(type='EMAHook')])
    cfg = switch_on(stock)
    names = [hook['type'] for hook in cfg.custom_hooks]
    assert names == ['EMAHook', 'CollapseMonitorHook', 'FiniteLossHook']
    added = dict(
        match=dict(type='CheckpointMatchHook'),
        labels=dict(type='ClassLabelsHook'),
        batches=dict(type='BatchSizeHook'),
        lock=dict(type='WorkDirLockHook'),
    )
    saves = dict(stock.default_hooks.checkpoint, type='WholeCheckpointHook')
    given = stock.default_hooks.to_dict()
    assert cfg.default_hooks.to_dict() == {**given, **added, 'checkpoint': saves}


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        (None, dict(type='WholeCheckpointHook', interval=1)),
        (dict(checkpoint=None), None),
        (
            dict(checkpoint=dict(type='mmengine.hooks.CheckpointHook', interval=3)),
            dict(type='WholeCheckpointHook', interval=3),
        ),
        (dict(checkpoint=dict(type='MyCheckpointHook')), dict(type='MyCheckpointHook')),
    ],
)
def test_the_stock_checkpoint_hook_is_the_one_that_is_exchanged(given, expected):
    stock = recognition(C3D)
    stock.default_hooks = given
    assert switch_on(stock).default_hooks.checkpoint == expected


def test_what_the_config_says_of_a_hook_already_stays():
    """As where it comes by `--cfg-options default_hooks.lock=None`."""
    given = {'default_hooks.match.min_matched': 0.9, 'default_hooks.lock': None}
    hooks = switch_on(recognition(C3D, **given)).default_hooks
    assert hooks.match == dict(type='CheckpointMatchHook', min_matched=0.9)
    assert hooks.lock is None
    assert hooks.labels == dict(type='ClassLabelsHook')


@pytest.mark.parametrize('drop_last', [None, False, True])
def test_batches_are_even_unless_the_config_says_what_becomes_of_the_last(drop_last):
    cfg = switch_on(recognition(C3D, **{'train_dataloader.drop_last': drop_last}))
    expected = None if drop_last else dict(type='EvenBatchSampler')
    assert cfg.train_dataloader.get('batch_sampler') == expected


def test_what_the_head_says_already_stays():
    cfg = switch_on(
        recognition(C3D, **{'model.consistency_head.pooling': 'mean'}), 'paper'
    )
    assert cfg.model.consistency_head == dict(type='STCRHead', pooling='mean')
    assert switch_on(recognition(C3D)).model.consistency_head.loss_channel is None


def test_the_published_recipe_warns_of_its_collapse_without_labels(monkeypatch):
    told = []
    monkeypatch.setattr(
        'stcr_mmaction.models.recognizers.recipe.print_log',
        lambda message, *_: told.append(message),
    )
    switch_on(recognition(C3D), 'paper')
    switch_on(recognition(C3D, **{'model.cls_head': None}))
    assert not told
    switch_on(recognition(C3D, **{'model.cls_head': None}), 'paper')
    assert 'features of all videos are the same' in told[0]


def test_the_recommended_recipe_is_the_one_without_a_name():
    stock = recognition(C3D)
    assert switch_on(stock).to_dict() == switch_on(stock, 'contrast').to_dict()


def test_a_dump_is_a_config_of_its_own(tmp_path):
    cfg = switch_on(recognition(C3D))
    cfg.dump(tmp_path / 'switched.py')
    assert Config.fromfile(tmp_path / 'switched.py').to_dict() == cfg.to_dict()


def test_blending_of_a_batch_is_dropped():
    stock = recognition(MVIT)
    assert stock.model.data_preprocessor.blending
    assert 'blending' not in switch_on(stock).model.data_preprocessor


def test_each_of_several_datasets_makes_the_paths():
    datasets = switch_on(recognition(CONCATENATED)).train_dataloader.dataset.datasets
    assert len(datasets) > 1
    for dataset in datasets:
        assert find(dataset.pipeline, 'SiamesePaths')


@pytest.mark.parametrize(
    ('recipe', 'last', 'never'),
    [
        ('paper', 'IntraVideoMixup', 'SpatioTemporalTransform'),
        ('contrast', 'TemporalGradient', 'RandomColorMatrix'),
    ],
)
def test_vectors_of_flow_are_left_as_they_are(recipe, last, never):
    dataset = switch_on(recognition(FLOW), recipe).train_dataloader.dataset
    assert noise_of(dataset)[-1] == last
    assert never not in noise_of(dataset)


def test_frames_that_are_not_square_get_no_quarter_turns():
    paper = read_recipe('paper').recipe
    transform, _ = fit_paths(paper, (16, 96, 112))['noise']
    assert transform['codes'] == (0, 2, 4, 6, 8, 10, 12, 14)
    transform, _ = fit_paths(paper, (16, 96, 96))['noise']
    assert transform == dict(type='SpatioTemporalTransform')


@pytest.mark.parametrize(
    ('name', 'clip'), [(TESTED, (13, 182, 182)), (MODEL_ALONE, (8, 224, 224))]
)
def test_a_config_without_training_is_completed_once_it_has_data(name, clip):
    with pytest.raises(ValueError, match=r'for testing only; .*ann_file=LIST'):
        switch_on(recognition(name))
    cfg = switch_on(recognition(name, **DATA))
    loader = cfg.train_dataloader
    assert loader.sampler == dict(type='DefaultSampler', shuffle=True)
    assert (loader.dataset.ann_file, loader.dataset.test_mode) == ('list.txt', False)
    assert loader.dataset.data_prefix == dict(video='videos')
    assert cfg.model.clip_shape == clip
    assert cfg.train_cfg.max_epochs > 0
    assert cfg.optim_wrapper.optimizer.type == 'AdamW'
    published = switch_on(recognition(name, **DATA), 'paper')
    assert published.optim_wrapper.optimizer.type == 'SGD'


TSN = 'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
AUDIO = 'resnet/tsn_r18_8xb320-64x1x1-100e_kinetics400-audio-feature.py'
KEYPOINTS = 'slowonly_r50_8xb32-u48-240e_k400-keypoint.py'


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        (f'recognition/{TSN}', 'type Recognizer2D'),
        (f'recognition_audio/{AUDIO}', 'spectrograms'),
        (f'skeleton/posec3d/{KEYPOINTS}', 'NCTHW_Heatmap'),
        ('skeleton/posec3d/slowonly_r50_8xb16-u48-240e_gym-limb.py', 'several train_'),
        ('skeleton/posec3d/rgbpose_conv3d/rgb_only.py', "clip_len=.*'RGB': 8"),
        ('_base_/default_runtime.py', 'of type None'),
    ],
)
def test_what_cannot_be_switched_on_says_why(name, said):
    with pytest.raises(ValueError, match=said):
        switch_on(read(name))


def test_a_second_time_is_refused():
    with pytest.raises(ValueError, match='already'):
        switch_on(switch_on(recognition(C3D)))
