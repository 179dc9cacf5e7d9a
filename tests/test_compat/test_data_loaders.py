"""Loaders of a config that is set to have no workers."""

import pytest
from mmengine.config import ConfigDict
from mmengine.runner import Runner


def build(**options):
    loader = ConfigDict(
        dataset=list(range(6)),
        sampler=dict(type='DefaultSampler', shuffle=False),
        batch_size=4,
        persistent_workers=True,
        **options,
    )
    before = loader.to_dict()
    built = Runner.build_dataloader(loader, seed=0)
    assert loader.to_dict() == before
    return built


@pytest.mark.parametrize('options', [dict(num_workers=0), {}])
def test_options_of_workers_are_left_out_where_there_are_none(options):
    loader = build(prefetch_factor=4, **options)
    assert (loader.num_workers, loader.persistent_workers) == (0, False)
    assert len(list(loader)) == 2


def test_with_workers_they_stay():
    loader = build(num_workers=1, prefetch_factor=3)
    assert (loader.num_workers, loader.persistent_workers) == (1, True)
    assert loader.prefetch_factor == 3


def test_a_loader_passes():
    loader = build(num_workers=0)
    assert Runner.build_dataloader(loader) is loader
