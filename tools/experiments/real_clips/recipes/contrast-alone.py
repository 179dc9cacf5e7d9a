"""The recommended recipe without the motion head."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(motion_head=None)
