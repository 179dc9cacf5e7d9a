# From scratch, on temporal gradients: what fine-tuning on them is compared with.
_base_ = '../benchmarks/r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

gradients = dict(type='TemporalGradient')
train_pipeline = [*_base_.train_pipeline[:-2], gradients, *_base_.train_pipeline[-2:]]
val_pipeline = [*_base_.val_pipeline[:-2], gradients, *_base_.val_pipeline[-2:]]
test_pipeline = [*_base_.test_pipeline[:-2], gradients, *_base_.test_pipeline[-2:]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
