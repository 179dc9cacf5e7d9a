"""The motion head alone: no contrast, and nothing that both paths share."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(consistency_head=None, noise=[])
