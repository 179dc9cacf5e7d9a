# Pipeline and loader of pretraining: the clean and the noise path of each video. The
# annotation is the child's.
train_pipeline = [
    dict(type='DecordInit'),
    # Looping over a short video would plant a cut, and cuts give the direction of time
    # away: repeat the last frame.
    dict(
        type='SampleFrames',
        clip_len=16,
        frame_interval=4,
        num_clips=1,
        out_of_bound_opt='repeat_last',
    ),
    dict(type='CheckVideoLength', min_frames=2),  # a still has no motion to learn
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(171, 128), keep_ratio=False),
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=112)],
        noise=[
            dict(type='RandomCrop', size=112),
            dict(type='SpatioTemporalTransform'),
            dict(type='IntraVideoMixup'),
        ],
    ),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(
        type='PackActionInputs',
        meta_keys=(
            'img_shape',
            'img_key',
            'video_id',
            'timestamp',
            'transform_codes',
            'mixup_weights',
            'mixup_frames',
        ),
    ),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='EvenBatchSampler'),  # none has one video alone
    # A damaged video is replaced by another one; the DamagedVideosHook tells.
    dataset=dict(type='CheckedVideoDataset', pipeline=train_pipeline, on_error='replace'),
)
