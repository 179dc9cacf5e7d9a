# Table 1 (c): Video CutMix in place of Intra-Video Mixup.
_base_ = './stcr-im_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(data_preprocessor=dict(blending=dict(type='VideoCutMix')))

train_pipeline = _base_.train_pipeline
train_pipeline[5].noise = [dict(type='RandomCrop', size=112)]  # [5] is SiamesePaths
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
