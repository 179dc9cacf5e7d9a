"""Recognize fights from temporal gradients alone, in training and in the test.

For a comparison: what a network gains by seeing no still background, without any
pretraining. Environment: FOLD=0 to 4, and SURV_FIGHT_ROOT, a folder made by
``tools/experiments/surv_fight.py``.
"""

_base_ = 'r3d-vcop_16x1x1_surv-fight-rgb.py'

gradients = dict(type='TemporalGradient')
train_pipeline = [*_base_.train_pipeline[:-2], gradients, *_base_.train_pipeline[-2:]]
test_pipeline = [*_base_.test_pipeline[:-2], gradients, *_base_.test_pipeline[-2:]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
