"""The recommended recipe and a still of another video, mixed in."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='InterVideoMixup'),
        *_base_.recipe.noise,
    ],
)
