"""The recommended recipe and two videos mixed."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='VideoMixup'),
        *_base_.recipe.noise,
    ],
)
