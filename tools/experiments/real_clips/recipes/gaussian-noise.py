"""The recommended recipe and one image of Gaussian noise added to all frames."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='SpatialGaussianNoise'),
        *_base_.recipe.noise,
    ],
)
