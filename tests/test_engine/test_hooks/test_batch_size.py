"""Batches from which nothing can be learned are refused before training."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch import nn
from torch.utils.data import BatchSampler, DataLoader

from stcr_mmaction.datasets import EvenBatchSampler
from stcr_mmaction.engine import BatchSizeHook
from stcr_mmaction.engine.hooks import batch_size
from stcr_mmaction.engine.hooks.batch_size import smallest_batch
from stcr_mmaction.engine.loops.draws import seed_samples

CONTRAST = dict(type='InfoNCELoss')
PROJECTOR = dict(type='ProjectionMLP', in_channels=4, hidden_channels=4, out_channels=4)
PROBE = dict(type='LinearProbeHead', num_classes=2, in_channels=4)


def loader(count, size, drop_last=False, kind=BatchSampler, sampler=DefaultSampler):
    samples = range(count)
    options = dict(drop_last=drop_last) if kind is BatchSampler else {}
    return DataLoader(
        samples, batch_sampler=kind(sampler(samples, seed=0), size, **options)
    )


class FakeRunner:
    def __init__(self, model, train_dataloader):
        self.model, self.train_dataloader = model, train_dataloader


def check(model, loader):
    BatchSizeHook().before_train(FakeRunner(model, loader))


@pytest.mark.parametrize('kind', [BatchSampler, EvenBatchSampler])
@pytest.mark.parametrize('drop_last', [False, True])
@pytest.mark.parametrize('seeded', [False, True])
@pytest.mark.parametrize('count', [1, 3, 4, 5, 8, 9, 10])
def test_the_smallest_batch_is_that_of_the_epoch(count, seeded, drop_last, kind):
    given = loader(count, 4, drop_last, kind)
    if seeded:
        seed_samples(given)
    sizes = [len(batch) for batch in given.batch_sampler]
    assert smallest_batch(given) == min(sizes, default=0)


def test_endless_batches_are_full():
    assert smallest_batch(loader(9, 4, sampler=InfiniteSampler)) == 4


def test_samples_without_batches_cannot_be_told():
    assert smallest_batch(DataLoader(range(3), batch_size=None)) is None


def test_no_batch_is_refused():
    with pytest.raises(ValueError, match='3 videos in a process, and drop_last=True'):
        check(nn.Identity(), loader(3, 4, drop_last=True))


@pytest.mark.parametrize(
    ('config', 'needs'),
    [
        (CONTRAST, r'\(InfoNCELoss\), which compares clips'),
        (dict(type='VarianceCovarianceLoss'), 'which compares clips'),
        (PROJECTOR, r'\(ProjectionMLP\), which normalizes vectors'),
        (dict(CONTRAST, projector=PROJECTOR), 'which compares clips'),
        (PROBE, r'\(LinearProbeHead\), which normalizes'),
    ],
)
def test_one_clip_is_too_few(config, needs):
    model = nn.Sequential(nn.Identity(), MODELS.build(config))
    with pytest.raises(ValueError, match=f'has 1 clip, .*{needs}.*EvenBatchSampler'):
        check(model, loader(9, 4))
    check(model, loader(9, 4, kind=EvenBatchSampler))
    check(model, loader(8, 4))


@pytest.mark.parametrize('options', [dict(norm=False), dict(num_layers=1)])
def test_one_clip_is_enough_for_what_compares_none(options):
    convolution = nn.Sequential(nn.Conv3d(3, 3, 1), nn.BatchNorm3d(3))
    check(convolution, loader(9, 4))
    projector = MODELS.build(dict(PROJECTOR, **options))
    assert projector(torch.rand(1, 4)).shape == (1, 4)  # torch has nothing against it
    check(projector, loader(9, 4))


def test_the_clips_of_all_processes_are_compared(monkeypatch):
    monkeypatch.setattr(batch_size, 'get_world_size', lambda: 2)
    check(MODELS.build(CONTRAST), loader(9, 4))
    with pytest.raises(ValueError, match='normalizes'):
        check(MODELS.build(dict(CONTRAST, projector=PROJECTOR)), loader(9, 4))


@pytest.mark.parametrize('config', [PROJECTOR, PROBE])
def test_torch_refuses_what_the_hook_refuses(config):
    """The hook's rule is torch's: it would be wrong for another layer."""
    clip = torch.rand(1, 4) if config is PROJECTOR else torch.rand(1, 4, 2, 2, 2)
    with pytest.raises(ValueError, match='more than 1 value per channel'):
        MODELS.build(config)(clip)
