"""Small trainings in a real loop of mmengine."""

import json

import torch
from mmaction.structures import ActionDataSample
from mmengine.runner import Runner
from torch.utils.data import Dataset

from ..test_models.toy import ToyBackbone  # noqa: F401  registers it


class Views(Dataset):
    """Random two-path samples; every clip the same, or one of them not a number."""

    def __init__(self, same=False, nan_at=None):
        generator = torch.Generator().manual_seed(0)
        self.inputs = torch.rand(24, 2, 3, 4, 8, 8, generator=generator)
        if same:
            self.inputs[:] = self.inputs[0, 0]
        if nan_at is not None:
            self.inputs[nan_at] = torch.nan

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        sample = ActionDataSample(metainfo=dict(transform_codes=[index % 16]))
        return dict(inputs=self.inputs[index], data_samples=sample)


def make_runner(work_dir, hooks, dataset=None, epochs=2, model=None, **options):
    head = dict(type='STCRHead', in_channels=8, temporal_size=2)
    stcr = dict(
        type='STCR',
        backbone=dict(type='ToyBackbone'),
        consistency_head=head,
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )
    return Runner(
        model=model or stcr,
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=dataset or Views(),
            batch_size=4,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='pseudo_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        default_hooks=dict(logger=dict(type='LoggerHook', interval=1)),
        custom_hooks=hooks,
        default_scope='mmaction',
        experiment_name=f'hooks-{work_dir.name}',
        randomness=dict(seed=0),
        **options,
    )


def logged(work_dir):
    lines = next(work_dir.rglob('scalars.json')).read_text().splitlines()
    return [json.loads(line) for line in lines]
