# MMAction2's C3D without labels. Its output is a vector, so features are those of conv5b.
_base_ = './stcr-supervised_c3d_8xb30-16x1x1-45e_ucf101-rgb.py'

model = dict(cls_head=None)
custom_hooks = [dict(type='CollapseMonitorHook')]
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
