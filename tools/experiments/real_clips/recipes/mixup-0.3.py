"""The recommended recipe and Intra-Video Mixup, with a still of at most 0.3."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    noise=[
        dict(type='IntraVideoMixup', max_weight=0.3),
        *_base_.recipe.noise,
    ],
)
