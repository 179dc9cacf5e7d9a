# MMAction2's R(2+1)D-34 without labels.
_base_ = 'mmaction::recognition/r2plus1d/r2plus1d_r34_8xb8-32x2x1-180e_kinetics400-rgb.py'

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
model = dict(
    type='STCR',
    clip_shape=(32, 224, 224),
    recipe='paper',
    cls_head=None,  # no labels
)
train_dataloader = dict(batch_sampler=dict(type='EvenBatchSampler'))
custom_hooks = [dict(type='CollapseMonitorHook')]
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
