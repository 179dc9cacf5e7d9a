# MMAction2's I3D, an inflated ResNet-50, without labels.
_base_ = (
    'mmaction::recognition/i3d/'
    'i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb.py'
)

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
model = dict(
    type='STCR',
    clip_shape=(32, 224, 224),
    recipe='paper',
    cls_head=None,  # no labels
    backbone=dict(pretrained=None, pretrained2d=False),
)
train_dataloader = dict(batch_sampler=dict(type='EvenBatchSampler'))
custom_hooks = [dict(type='CollapseMonitorHook')]
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
