# Pipeline and loader of pretraining. The blending in the data preprocessor makes the
# clean and the noise path of each clip.
_base_ = './ucf101_or_hmdb51.py'

train_pipeline = [
    dict(type='DecordInit'),
    # Repeat the last frame of a short video. Looping would add a cut, and cuts show the
    # direction of time.
    dict(
        type='SampleFrames',
        clip_len=16,
        frame_interval=4,
        num_clips=1,
        out_of_bound_opt='repeat_last',
    ),
    dict(type='CheckVideoLength', min_frames=2),  # a still image has no motion
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(171, 128), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
