# MMAction2's C3D with labels, regularized by consistency.
_base_ = (
    'mmaction::recognition/c3d/c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb.py'
)

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
model = dict(
    type='STCR',
    clip_shape=(16, 112, 112),
    recipe='paper',
    backbone=dict(pretrained=None),
)
train_dataloader = dict(batch_sampler=dict(type='EvenBatchSampler'))
