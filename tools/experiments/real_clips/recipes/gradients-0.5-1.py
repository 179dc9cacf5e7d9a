"""The recommended recipe, temporal gradients on half of the clean paths, too."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    clean=[dict(type='RandomColorMatrix'), dict(type='TemporalGradient', prob=0.5)],
)
