"""Pretrain with STCR, contrast and temporal gradients on the footage of 4 folds.

As ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py``, which says what is beyond the paper.
Environment: FOLD=0 to 4, the fold that is left out, and SURV_FIGHT_ROOT, a folder made
by ``tools/experiments/surv_fight.py``.
"""

_base_ = 'stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'

root = '{{$SURV_FIGHT_ROOT:data/surv_fight}}'
fold = '{{$FOLD:0}}'

train_pipeline = _base_.train_pipeline
train_pipeline[1].frame_interval = 1  # the shortest clip has 20 frames
train_pipeline[4].scale = (96, 72)
train_pipeline[5].clean[0].size = 56
train_pipeline[5].noise[0].size = 56
eval_pipeline = _base_.eval_pipeline
eval_pipeline[1].update(frame_interval=1, num_clips=4)
eval_pipeline[4].scale = (96, 72)
eval_pipeline[5].crop_size = 56
videos = dict(data_prefix=dict(video=f'{root}/videos'))
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/surv_fight_train_fold_{fold}_videos.txt',
        pipeline=train_pipeline,
        **videos,
    )
)
test_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/surv_fight_test_fold_{fold}_videos.txt',
        pipeline=eval_pipeline,
        **videos,
    )
)
# There is no validation set.
val_dataloader = None
val_evaluator = None
val_cfg = None

train_cfg = dict(max_epochs=40)
default_hooks = dict(checkpoint=dict(save_best=None))
