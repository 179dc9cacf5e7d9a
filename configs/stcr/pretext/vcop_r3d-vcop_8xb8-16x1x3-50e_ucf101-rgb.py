# Clip order prediction alone: one path.
_base_ = './stcr-vcop_r3d-vcop_8xb8-16x1x3-50e_ucf101-rgb.py'

model = dict(recipe=None, data_preprocessor=dict(blending=None))

train_pipeline = [*_base_.decoding, _base_.crop, *_base_.packing]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [dict(type='PretextLabelsHook')]
