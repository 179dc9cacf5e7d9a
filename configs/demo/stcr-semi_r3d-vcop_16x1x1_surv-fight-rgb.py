"""Recognize fights from a tenth of the labels, with STCR on all the footage of 4 folds.

Both paths are made on the device. Without a recipe (``--cfg-options
model.recipe=None``) it learns from the labels alone. Environment: FOLD=0 to 4,
and SURV_FIGHT_ROOT, a folder made by ``tools/experiments/surv_fight.py``.
"""

_base_ = 'r3d-vcop_16x1x1_surv-fight-rgb.py'

model = dict(type='STCR', clip_shape=(16, 56, 56), recipe='paper')

# Each path has its own crop.
train_pipeline = [s for s in _base_.train_pipeline if s['type'] != 'RandomCrop']
train_dataloader = dict(dataset=dict(labeled_fraction=0.1, pipeline=train_pipeline))
