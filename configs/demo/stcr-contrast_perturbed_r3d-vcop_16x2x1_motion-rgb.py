"""Pretrain with the paper's perturbations under contrast on rendered motions, no labels.

As ``stcr-contrast-stt_r3d-vcop_16x2x1_motion-rgb.py``, and with the paper's mixup. For
comparisons of perturbations; it is not recommended.

Environment: MOTION_ROOT, a folder made by ``tools/experiments/motion``.
"""

_base_ = 'stcr-contrast-stt_r3d-vcop_16x2x1_motion-rgb.py'

train_pipeline = _base_.train_pipeline
train_pipeline[5].noise.insert(2, dict(type='IntraVideoMixup'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
