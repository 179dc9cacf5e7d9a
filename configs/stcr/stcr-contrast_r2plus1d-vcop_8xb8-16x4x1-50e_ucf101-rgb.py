_base_ = [
    '../_base_/models/vcop-r2plus1d.py',
    '../_base_/datasets/pretraining.py',
    '../_base_/recipes/contrast.py',
    '../_base_/default_runtime.py',
]

losses = _base_.recipe.consistency_head.auxiliary_losses
losses.contrast.projector.in_channels = 1024
model = dict(
    type='STCR',
    clip_shape=(16, 112, 112),
    recipe='contrast',
    cls_head=None,  # no labels
    consistency_head=dict(auxiliary_losses=losses),
)
