# MMAction2's C3D without labels. Its output is a vector, so a layer inside is tapped.
_base_ = (
    'mmaction::recognition/c3d/c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb.py'
)

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)

model = dict(
    type='STCR',
    backbone=dict(pretrained=None),
    cls_head=None,
    tap='conv5b',
    consistency_head=dict(type='STCRHead', in_channels=512, temporal_size=2),
)

train_pipeline = _base_.train_pipeline
crop = train_pipeline[4:5]
stcr = [dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
train_pipeline[4:6] = [  # in place of its crop and flip
    dict(type='SiamesePaths', clean=crop, noise=[*crop, *stcr])
]
train_pipeline[-1].meta_keys = ('img_shape', 'transform_codes')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [dict(type='CollapseMonitorHook')]
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
