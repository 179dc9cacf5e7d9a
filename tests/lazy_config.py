"""A recognition as a pure Python config of mmengine: types are classes."""

from mmaction.datasets import (
    CenterCrop,
    DecordDecode,
    DecordInit,
    FormatShape,
    PackActionInputs,
    RandomCrop,
    Resize,
    SampleFrames,
    VideoDataset,
)
from mmaction.evaluation import AccMetric
from mmaction.models import ActionDataPreprocessor, I3DHead, Recognizer3D, ResNet3d
from mmengine.dataset import DefaultSampler
from mmengine.runner import EpochBasedTrainLoop, TestLoop
from torch.optim import SGD

default_scope = 'mmaction'
model = dict(
    type=Recognizer3D,
    backbone=dict(
        type=ResNet3d,
        depth=18,
        pretrained=None,
        pretrained2d=False,
        base_channels=2,
        zero_init_residual=False,
    ),
    data_preprocessor=dict(type=ActionDataPreprocessor, format_shape='NCTHW'),
    cls_head=dict(type=I3DHead, num_classes=2, in_channels=16, average_clips='prob'),
)
train_pipeline = [
    dict(type=DecordInit),
    dict(type=SampleFrames, clip_len=8, frame_interval=2, num_clips=1),
    dict(type=DecordDecode),
    dict(type=Resize, scale=(40, 36), keep_ratio=False),
    dict(type=RandomCrop, size=32),
    dict(type=FormatShape, input_format='NCTHW'),
    dict(type=PackActionInputs),
]
test_pipeline = [
    dict(type=DecordInit),
    dict(type=SampleFrames, clip_len=8, num_clips=1, test_mode=True),
    dict(type=DecordDecode),
    dict(type=Resize, scale=(40, 36), keep_ratio=False),
    dict(type=CenterCrop, crop_size=32),
    dict(type=FormatShape, input_format='NCTHW'),
    dict(type=PackActionInputs),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type=DefaultSampler, shuffle=True),
    dataset=dict(
        type=VideoDataset,
        ann_file='train.txt',
        data_prefix=dict(video='videos'),
        pipeline=train_pipeline,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type=DefaultSampler, shuffle=False),
    dataset=dict(
        type=VideoDataset,
        ann_file='test.txt',
        data_prefix=dict(video='videos'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=1)
test_cfg = dict(type=TestLoop)
test_evaluator = dict(type=AccMetric)
optim_wrapper = dict(optimizer=dict(type=SGD, lr=0.01))
