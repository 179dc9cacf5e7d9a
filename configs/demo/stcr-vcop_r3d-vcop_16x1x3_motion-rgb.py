"""Pretrain with STCR and clip order prediction on rendered motions, without labels.

3 clips of 16 frames with gaps of 8 need videos of 64 frames or more. Environment:
MOTION_ROOT, a folder made by ``tools/experiments/motion`` with ``--frames 72``.
"""

_base_ = 'stcr_r3d-vcop_16x2x1_motion-rgb.py'

model = dict(pretext_head=dict(type='ClipOrderHead', in_channels=64))

crop = dict(type='PerClip', transforms=[dict(type='RandomCrop', size=32)])
train_pipeline = _base_.train_pipeline
train_pipeline[1:3] = [  # in place of SampleFrames and CheckVideoLength
    dict(type='SampleClipTuple', clip_len=16),
    dict(type='ShuffleClips', task='order'),
]
train_pipeline[5].clean = [crop]  # [5] is SiamesePaths
train_pipeline[5].noise[0] = crop
train_pipeline[-1].meta_keys = (*train_pipeline[-1].meta_keys, 'clip_order')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
