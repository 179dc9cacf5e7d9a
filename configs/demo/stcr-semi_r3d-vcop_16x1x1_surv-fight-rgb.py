"""Recognize fights from a tenth of the labels, with STCR on all the footage of 4 folds.

Both paths are made on the device. Without ``consistency_head`` (``--cfg-options
model.consistency_head=None``) it learns from the labels alone. Environment: FOLD=0 to 4,
and SURV_FIGHT_ROOT, a folder made by ``tools/experiments/surv_fight.py``.
"""

_base_ = 'r3d-vcop_16x1x1_surv-fight-rgb.py'

model = dict(
    type='STCR',
    consistency_head=dict(type='STCRHead', in_channels=64, temporal_size=2),
    data_preprocessor=dict(blending=dict(type='SiameseBlending', size=56)),
)

# Without RandomCrop: each path has its own.
train_pipeline = [*_base_.train_pipeline[:5], *_base_.train_pipeline[6:]]
train_dataloader = dict(dataset=dict(labelled_fraction=0.1, pipeline=train_pipeline))
