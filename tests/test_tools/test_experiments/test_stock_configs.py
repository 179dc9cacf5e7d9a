"""Every Recognizer3D config of MMAction2 takes consistency, and the docs say how."""

import functools
import json

import pytest
from mmengine.config import ConfigDict

from stcr_mmaction.apis import switch_on
from stcr_mmaction.models.recognizers.tap import DEFAULT_TAPS
from tools.experiments import ROOT, stock_configs
from tools.experiments.stock_steps import PASSED, Steps, describe, make_small

PAGE = (ROOT / 'docs' / 'stock_configs.md').read_text()
NAMES = sorted(stock_configs.find_stock_configs())


@functools.cache
def describe_json(model):
    return describe(ConfigDict(json.loads(model)))


def read(name):
    stock, tested_only = stock_configs.read_stock(name)
    return stock, switch_on(stock), tested_only


def test_all_are_there():
    assert len(NAMES) == 86
    kinds = {stock_configs.read_stock(name)[0].model.backbone.type for name in NAMES}
    assert kinds == set(DEFAULT_TAPS)
    assert all(f'\n| {name} ' in PAGE for name in NAMES)


LARGE = 'uniformerv2/uniformerv2-large-'
TOO_LARGE = (
    f'{LARGE}p14-res224_clip-kinetics710-pre_u32_',
    f'{LARGE}p14-res336_',
)
"""What takes more memory than the page's machine had."""


ONE_EACH = {name.split('/')[0]: name for name in reversed(NAMES)}
"""Of each family the first."""
OTHERS = sorted(set(NAMES) - set(ONE_EACH.values()))


@pytest.mark.parametrize(
    'name',
    [*ONE_EACH.values(), *(pytest.param(n, marks=pytest.mark.slow) for n in OTHERS)],
)
def test_the_page_tells_what_is(name):
    """Shapes at full size, on the meta device; the page says that both ways trained."""
    _, switched, tested_only = read(name)
    model = switched.model
    key = json.dumps(
        dict(
            backbone=model.backbone.to_dict(),
            cls_head=dict(num_classes=0),
            clip_shape=model.clip_shape,
        ),
        sort_keys=True,
    )
    tap, maps, parameters = describe_json(key)
    child = stock_configs.write_child(name, model.clip_shape)
    row = stock_configs.Row(
        name=name,
        backbone=model.backbone.type,
        tap=tap,
        clip=model.clip_shape,
        map=maps,
        parameters=parameters,
        lines=stock_configs.count_lines(child),
        tested_only=tested_only,
        child=PASSED,
        flag=PASSED,
    )
    assert row.lines == 2
    assert len(maps) == 4
    if name.startswith(TOO_LARGE):
        row = row._replace(child=stock_configs.NOT_RUN, flag=stock_configs.NOT_RUN)
    assert f'\n{row}\n' in PAGE


def test_small_is_small_in_space_alone():
    _, switched, _ = read('mvit/mvit-large-p244_40x3x1_kinetics400-rgb.py')
    dataset = switched.train_dataloader.dataset
    model, pipeline = make_small(switched.model, dataset.pipeline)
    assert model.clip_shape == (40, 64, 64)
    assert model.backbone == switched.model.backbone
    paths = next(step for step in pipeline if step['type'] == 'SiamesePaths')
    assert paths['clean'][1]['scale'] == (64, 64)
    assert switched.model.clip_shape == (40, 312, 312)


SMALLEST = [
    'c2d/c2d_r50-in1k-pre_8xb32-8x8x1-100e_kinetics400-rgb.py',
    'c3d/c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb.py',
    'slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb.py',
    'slowonly/slowonly_r50_8xb16-16x4x1-256e_kinetics400-flow.py',
    'timesformer/timesformer_spaceOnly_8xb8-8x32x1-15e_kinetics400-rgb.py',
    'uniformerv2/uniformerv2-base-p16-res224_clip-pre_u8_kinetics710-rgb.py',
    'videomaev2/vit-small-p16_videomaev2-vit-g-dist-k710-pre_16x4x1_kinetics-400.py',
    'x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py',
]


@pytest.mark.slow
@pytest.mark.parametrize('name', SMALLEST)
def test_both_ways_take_a_step(name, tmp_path):
    row = stock_configs.examine(name, tmp_path, Steps(tmp_path))
    assert (row.child, row.flag) == (PASSED, PASSED)
