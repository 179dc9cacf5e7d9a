"""The recommended recipe and Intra-Video Mixup as published."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='IntraVideoMixup'),
        *_base_.recipe.noise,
    ],
)
