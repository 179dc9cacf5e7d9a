# MMAction2's R(2+1)D-34 without labels.
_base_ = 'mmaction::recognition/r2plus1d/r2plus1d_r34_8xb8-32x2x1-180e_kinetics400-rgb.py'

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)

model = dict(
    type='STCR',
    cls_head=None,
    consistency_head=dict(type='STCRHead', in_channels=512, temporal_size=4),
)

train_pipeline = _base_.train_pipeline
crop = train_pipeline[4:6]
stcr = [dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
train_pipeline[4:7] = [  # in place of its crop and flip
    dict(type='SiamesePaths', clean=crop, noise=[*crop, *stcr])
]
train_pipeline[-1].meta_keys = ('img_shape', 'transform_codes')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [dict(type='CollapseMonitorHook')]
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
