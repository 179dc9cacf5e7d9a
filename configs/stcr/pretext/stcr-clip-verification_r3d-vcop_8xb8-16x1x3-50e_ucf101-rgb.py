# Order verification of 3 clips (Shuffle & Learn) with STCR.
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(pretext_head=dict(type='ClipVerificationHead', in_channels=512))

crop = dict(type='PerClip', transforms=[dict(type='RandomCrop', size=112)])
train_pipeline = _base_.train_pipeline
train_pipeline[1:3] = [  # in place of SampleFrames and CheckVideoLength
    dict(type='SampleClipTuple', clip_len=16, too_short='skip'),
    dict(type='ShuffleClips', task='verification'),
]
train_pipeline[5].clean = [crop]  # [5] is SiamesePaths
train_pipeline[5].noise[0] = crop
train_pipeline[-1].meta_keys = (*train_pipeline[-1].meta_keys, 'clips_in_order')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
