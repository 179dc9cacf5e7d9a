# Clip order prediction with STCR, 3 clips of 16 frames with gaps of 8.
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

decoding = [
    dict(type='DecordInit'),
    dict(type='SampleClipTuple', clip_len=16, too_short='skip'),
    dict(type='ShuffleClips', task='order'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(171, 128), keep_ratio=False),
]
packing = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(
        type='PackActionInputs',
        meta_keys=('img_shape', 'img_key', 'video_id', 'timestamp', 'clip_order'),
    ),
]
train_dataloader = dict(dataset=dict(pipeline=[*decoding, *packing]))

# With equal crops, the background would reveal the order of clips.
crop = dict(type='RandomClipCrop', size=112, per_clip=True)
noise = [crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
model = dict(
    pretext_head=dict(type='ClipOrderHead'),
    data_preprocessor=dict(
        blending=dict(type='SiameseBlending', clean=[crop], noise=noise)
    ),
)
custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
