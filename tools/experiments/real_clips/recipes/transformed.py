"""The recommended recipe, flipped and turned in space and time."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='SpatioTemporalTransform'),
        *_base_.recipe.noise,
    ],
)
