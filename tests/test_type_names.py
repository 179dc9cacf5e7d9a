"""Pure Python configs of mmengine, whose types are classes."""

import copy
from pathlib import Path

import pytest
import torch
from mmaction.datasets import RandomCrop
from mmaction.registry import METRICS, MODELS, TRANSFORMS
from mmengine.config import Config, ConfigDict
from mmengine.model import Sequential
from torch import nn

from stcr_mmaction.apis import switch_on, to_retrieval
from stcr_mmaction.type_names import build_part, copy_by_name, type_name

LAZY = Path(__file__).with_name('lazy_config.py')


@pytest.mark.parametrize(
    ('given', 'name'),
    [
        ('STCR', 'STCR'),
        ('mmaction.STCR', 'STCR'),
        ('mmaction.datasets.RandomCrop', 'RandomCrop'),
        (RandomCrop, 'RandomCrop'),
        (None, None),
    ],
)
def test_a_type_has_one_name_however_it_is_given(given, name):
    assert type_name(ConfigDict(type=given)) == name


def test_a_config_without_type_has_no_name():
    assert type_name({}) is None


def test_a_copy_by_name_of_a_config_with_names_is_a_copy():
    stock = Config(dict(model=dict(type='STCR', sizes=[(1, 2), 3])))
    copied = copy_by_name(stock)
    assert copied.to_dict() == stock.to_dict()
    copied.model.sizes.append(4)
    assert len(stock.model.sizes) == 2


@pytest.mark.parametrize(
    ('registry', 'config', 'place', 'misspelt', 'near'),
    [
        (TRANSFORMS, dict(type='SiamesePaths', clean=['?'], noise=[]),
         'clean of SiamesePaths', 'RandomColorMatrx', 'RandomColorMatrix'),
        (TRANSFORMS, dict(type='SiamesePaths', clean=[], noise=['?']),
         'noise of SiamesePaths', 'RandomGrayscal', 'RandomGrayscale'),
        (MODELS, dict(type='SiameseBlending', clean=[], noise=[], shared=['?']),
         'shared of SiameseBlending', 'mmaction.RandomClipFlpi', 'RandomClipFlip'),
        (MODELS, dict(type='STCRHead', in_channels=4, auxiliary_losses=dict(a='?')),
         'auxiliary_losses.a of STCRHead', 'InfoNCE', 'InfoNCELoss'),
        (MODELS, dict(type='STCRHead', in_channels=4, loss_temporal='?'),
         'loss_temporal of STCRHead', 'TemporalWise', 'TemporalWiseLoss'),
    ],
)  # fmt: skip
def test_a_misspelt_part_is_told_with_its_place_and_near_names(
    registry, config, place, misspelt, near
):
    def fill(part):
        if isinstance(part, list):
            return [fill(one) for one in part]
        if isinstance(part, dict):
            return {key: fill(one) for key, one in part.items()}
        return dict(type=misspelt) if part == '?' else part

    with pytest.raises(ValueError, match=rf"{place}: .*'{misspelt}'; near .*\b{near}\b"):
        registry.build(fill(config))


def test_a_part_like_nothing_that_is_known():
    with pytest.raises(ValueError, match=r"a list: there is no transform 'X'\. Correct"):
        build_part(dict(type='X'), TRANSFORMS, 'a list')
    with pytest.raises(ValueError, match=r"a list: \{'size': 1\} has no type"):
        build_part(dict(size=1), TRANSFORMS, 'a list')


@pytest.mark.parametrize('kind', ['RandomCrop', 'mmaction.RandomCrop', RandomCrop])
def test_a_part_is_built_whatever_names_its_type(kind):
    built = build_part(dict(type=kind, size=8), TRANSFORMS, 'a list')
    assert (type(built), built.size) == (RandomCrop, 8)


PRETRAINED = """
from mmengine.model import KaimingInit, PretrainedInit
init_cfg = [
    dict(type=PretrainedInit, checkpoint={file!r}), dict(type=KaimingInit, layer='Linear')
]
"""


def test_weights_that_a_copy_names_are_still_loaded_last(tmp_path):
    (tmp_path / 'lazy.py').write_text(PRETRAINED.format(file=f'{tmp_path}/a.pth'))
    cfg = copy_by_name(Config.fromfile(tmp_path / 'lazy.py'))
    model = Sequential(nn.Linear(2, 2), init_cfg=cfg.init_cfg)
    ones = {name: torch.ones_like(w) for name, w in model.state_dict().items()}
    torch.save(ones, tmp_path / 'a.pth')
    model.init_weights()
    assert all(bool((w == 1).all()) for w in model.parameters())


@pytest.mark.parametrize('rewrite', [switch_on, to_retrieval])
def test_such_a_config_is_rewritten_and_can_be_written_to_a_file(rewrite, tmp_path):
    stock = Config.fromfile(LAZY)
    before = copy.deepcopy(stock.to_dict())
    cfg = rewrite(stock)
    assert stock.to_dict() == before
    cfg.dump(tmp_path / 'written.py')
    written = Config.fromfile(tmp_path / 'written.py')
    assert written.to_dict() == cfg.to_dict()
    MODELS.build(written.model)


def test_consistency_is_switched_on_in_it():
    cfg = switch_on(Config.fromfile(LAZY))
    assert (cfg.model.type, cfg.model.clip_shape) == ('STCR', (8, 32, 32))
    steps = cfg.train_dataloader.dataset.pipeline
    kinds = [type_name(step) for step in steps]
    assert kinds[-3:] == ['SiamesePaths', 'FormatShape', 'PackActionInputs']
    for step in steps:
        TRANSFORMS.build(step)


def test_its_videos_are_looked_up():
    cfg = to_retrieval(Config.fromfile(LAZY), 'pooled', topk=(1,))
    queries, gallery = cfg.test_dataloader.dataset.datasets
    assert (queries.ann_file, gallery.ann_file) == ('test.txt', 'train.txt')
    METRICS.build(cfg.test_evaluator)


def test_other_models_are_refused_by_their_name():
    cfg = Config.fromfile(LAZY)
    cfg.model.type = RandomCrop
    with pytest.raises(ValueError, match=r'of type RandomCrop\. For'):
        switch_on(cfg)
