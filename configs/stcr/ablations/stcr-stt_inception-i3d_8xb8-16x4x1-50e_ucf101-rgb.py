# Table 2: Spatio-Temporal Transformation alone.
_base_ = '../stcr_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

train_pipeline = _base_.train_pipeline
train_pipeline[5].noise = [  # [5] is SiamesePaths
    dict(type='RandomCrop', size=112),
    dict(type='SpatioTemporalTransform'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
