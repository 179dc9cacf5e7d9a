"""The recommended recipe; motion is learned before contrast counts."""

_base_ = '../../../../configs/_base_/recipes/contrast.py'
recipe = dict(motion_head=dict(first=(0.3, 0.6)))
