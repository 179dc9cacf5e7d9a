"""The recommended recipe and a patch of another video in each frame."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='VideoCutMix'),
        *_base_.recipe.noise,
    ],
)
