"""The recommended recipe and Gaussian noise."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='SpatialGaussianNoise'),
        *_base_.recipe.noise,
    ],
)
