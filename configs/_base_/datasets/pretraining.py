# Pipeline and loader of pretraining. The blending of the data preprocessor makes the
# clean and the noise path of each clip.
_base_ = './ucf101_or_hmdb51.py'

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
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
