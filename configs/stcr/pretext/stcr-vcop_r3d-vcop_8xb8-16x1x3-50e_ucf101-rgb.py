# Clip order prediction with STCR, 3 clips of 16 frames with gaps of 8.
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(pretext_head=dict(type='ClipOrderHead', in_channels=512))

crop = dict(type='PerClip', transforms=[dict(type='RandomCrop', size=112)])
train_pipeline = _base_.train_pipeline
train_pipeline[1:3] = [  # in place of SampleFrames and CheckVideoLength
    dict(type='SampleClipTuple', clip_len=16, too_short='skip'),
    dict(type='ShuffleClips', task='order'),
]
train_pipeline[5].clean = [crop]  # [5] is SiamesePaths
train_pipeline[5].noise[0] = crop
train_pipeline[-1].meta_keys = (*train_pipeline[-1].meta_keys, 'clip_order')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
