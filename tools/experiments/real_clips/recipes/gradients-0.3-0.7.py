"""The recommended recipe, temporal gradients on some clips of either path."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(
    clean=[dict(type='RandomColorMatrix'), dict(type='TemporalGradient', prob=0.3)],
    noise=[dict(type='RandomColorMatrix'), dict(type='TemporalGradient', prob=0.7)],
)
