"""Batches that are all about as large."""

import pytest
from mmaction.registry import DATASETS
from mmengine.runner import Runner
from torch.utils.data import Dataset

from stcr_mmaction.datasets import EvenBatchSampler

COUNTS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 1193, 3570, 9537]


@pytest.mark.parametrize('batch_size', [1, 2, 3, 4, 8, 16, 64])
@pytest.mark.parametrize('count', COUNTS)
def test_every_sample_is_in_one_batch_of_about_the_same_size(count, batch_size):
    batches = EvenBatchSampler(range(count), batch_size)
    drawn = list(batches)
    sizes = [len(batch) for batch in drawn]
    assert [index for batch in drawn for index in batch] == list(range(count))
    assert sizes == batches.sizes()
    assert len(batches) == len(drawn) == -(-count // batch_size)
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) > 1 or count == 1 or batch_size < 3


def test_no_samples_make_no_batch():
    assert list(EvenBatchSampler([], 4)) == []
    assert len(EvenBatchSampler([], 4)) == 0


def test_a_batch_of_none_is_refused():
    with pytest.raises(ValueError, match='1 or more, got 0'):
        EvenBatchSampler(range(4), 0)


@DATASETS.register_module()
class OfficialTrainingPart(Dataset):
    def __len__(self):
        return 9537

    def __getitem__(self, index):
        return index


def test_a_config_names_it():
    loader = Runner.build_dataloader(
        dict(
            batch_size=8,
            num_workers=0,
            dataset=dict(type='OfficialTrainingPart'),
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='EvenBatchSampler'),
            collate_fn=dict(type='default_collate'),
        ),
        seed=0,
    )
    batches = [batch.tolist() for batch in loader]
    assert {len(batch) for batch in batches} == {7, 8}
    assert sorted(index for batch in batches for index in batch) == list(range(9537))
