"""Pretrain with clip order prediction alone on rendered motions: one path.

For a comparison; data as for ``stcr-vcop_r3d-vcop_16x1x3_motion-rgb.py``.
"""

_base_ = 'stcr-vcop_r3d-vcop_16x1x3_motion-rgb.py'

model = dict(consistency_head=None)

train_pipeline = _base_.train_pipeline
train_pipeline[5:6] = _base_.train_pipeline[5].clean
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [
    hook for hook in _base_.custom_hooks if hook['type'] != 'CollapseMonitorHook'
]
