"""The recommended recipe and another perturbation of the noise path."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='VideoCutMix'),
        *_base_.recipe.noise,
    ],
)
