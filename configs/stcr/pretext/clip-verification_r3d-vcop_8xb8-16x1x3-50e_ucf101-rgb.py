# Order verification of clips (Shuffle & Learn) alone: one path.
_base_ = './stcr-clip-verification_r3d-vcop_8xb8-16x1x3-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(consistency_head=None)

train_pipeline = _base_.train_pipeline
train_pipeline[5:6] = _base_.train_pipeline[5].clean
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [
    hook for hook in _base_.custom_hooks if hook['type'] != 'CollapseMonitorHook'
]
