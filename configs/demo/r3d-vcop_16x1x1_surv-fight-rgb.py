"""Recognize fights in surveillance footage; train on 4 folds, test on the fifth.

From scratch as it stands. Fine-tuning is the same from a checkpoint of the pretraining:
``--cfg-options load_from=CHECKPOINT``. Environment: FOLD=0 to 4, and SURV_FIGHT_ROOT, a
folder made by ``tools/experiments/surv_fight.py``.
"""

_base_ = 'r3d-vcop_16x2x1_motion-rgb.py'

root = '{{$SURV_FIGHT_ROOT:data/surv_fight}}'
fold = '{{$FOLD:0}}'

model = dict(cls_head=dict(num_classes=2))

# The shortest clip has 20 frames, hence no larger interval.
clip = dict(clip_len=16, frame_interval=1)
size = dict(scale=(96, 72), keep_ratio=False)
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', num_clips=1, **clip),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', **size),
    dict(type='RandomCrop', size=56),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', num_clips=10, test_mode=True, **clip),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', **size),
    dict(type='CenterCrop', crop_size=56),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

videos = dict(
    type='CheckedVideoDataset',
    data_prefix=dict(video=f'{root}/videos'),
    num_classes=2,
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        ann_file=f'{root}/surv_fight_train_fold_{fold}_videos.txt',
        pipeline=train_pipeline,
        **videos,
    )
)
test_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/surv_fight_test_fold_{fold}_videos.txt',
        pipeline=test_pipeline,
        **videos,
    )
)
# Two classes have no top 5.
test_evaluator = dict(metric_options=dict(top_k_accuracy=dict(topk=(1,))))

train_cfg = dict(max_epochs=10)
optim_wrapper = dict(optimizer=dict(lr=0.01))
