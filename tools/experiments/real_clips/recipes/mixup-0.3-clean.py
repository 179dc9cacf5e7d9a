"""The recommended recipe and Intra-Video Mixup on the clean path, at most 0.3 of it."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    clean=[dict(type='IntraVideoMixup', max_weight=0.3), *_base_.recipe.clean],
)
