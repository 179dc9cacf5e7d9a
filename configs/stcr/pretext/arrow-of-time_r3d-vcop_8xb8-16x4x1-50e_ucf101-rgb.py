# Arrow of time alone: one path, no mixup.
_base_ = './stcr-arrow-of-time_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(consistency_head=None)

train_pipeline = _base_.train_pipeline
train_pipeline[5:6] = [
    dict(type='RandomCrop', size=112),
    dict(type='SpatioTemporalTransform', codes=(0, 8)),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [
    hook for hook in _base_.custom_hooks if hook['type'] != 'CollapseMonitorHook'
]
