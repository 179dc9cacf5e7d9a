# Rotation prediction with STCR.
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

model = dict(pretext_head=dict(type='TransformCodeHead', target='rotation'))
custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
