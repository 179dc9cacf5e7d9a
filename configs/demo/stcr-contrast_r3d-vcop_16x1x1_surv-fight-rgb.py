"""Pretrain with STCR, contrast and temporal gradients on the footage of 4 folds.

As ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py``, which says what is beyond the paper.
Environment: FOLD=0 to 4, the fold that is left out, and SURV_FIGHT_ROOT, a folder made
by ``tools/data/surv_fight.py``.
"""

_base_ = 'stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'

root = '{{$SURV_FIGHT_ROOT:data/surv_fight}}'
fold = '{{$FOLD:0}}'

colours = dict(type='RandomColourMatrix')
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=1),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(96, 72), keep_ratio=False),
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=56), colours],
        noise=[dict(type='RandomCrop', size=56), colours, dict(type='TemporalGradient')],
    ),
    *_base_.train_pipeline[-2:],
]
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
# There is no part to validate on.
val_dataloader = None
val_evaluator = None
val_cfg = None

train_cfg = dict(max_epochs=40)
default_hooks = dict(checkpoint=dict(save_best=None))
