"""Pretrain with STCR on the surveillance footage of 4 folds, without labels.

Environment: FOLD=0 to 4, the fold that is left out, and SURV_FIGHT_ROOT, a folder made
by ``tools/data/surv_fight.py``.
"""

_base_ = 'stcr_r3d-vcop_16x2x1_motion-rgb.py'

root = '{{$SURV_FIGHT_ROOT:data/surv_fight}}'
fold = '{{$FOLD:0}}'

train_pipeline = [
    dict(type='DecordInit'),
    # The shortest clip has 20 frames, hence no larger interval.
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=1),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(96, 72), keep_ratio=False),
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=56)],
        noise=[
            dict(type='RandomCrop', size=56),
            dict(type='SpatioTemporalTransform'),
            dict(type='IntraVideoMixup'),
        ],
    ),
    *_base_.train_pipeline[-2:],
]
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/surv_fight_train_fold_{fold}_videos.txt',
        data_prefix=dict(video=f'{root}/videos'),
        pipeline=train_pipeline,
    )
)
# There is no part to validate on.
val_dataloader = None
val_evaluator = None
val_cfg = None
eval_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=4, test_mode=True),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(96, 72), keep_ratio=False),
    dict(type='CenterCrop', crop_size=56),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/surv_fight_test_fold_{fold}_videos.txt',
        data_prefix=dict(video=f'{root}/videos'),
        pipeline=eval_pipeline,
    )
)
