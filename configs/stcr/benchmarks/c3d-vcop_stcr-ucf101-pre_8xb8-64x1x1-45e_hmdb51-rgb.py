# Table 4, STCR (64f).
_base_ = './c3d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_hmdb51-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

train_pipeline = _base_.train_pipeline
val_pipeline = _base_.val_pipeline
test_pipeline = _base_.test_pipeline
train_pipeline[1].clip_len = 64  # [1] is SampleFrames
val_pipeline[1].clip_len = 64
test_pipeline[1].clip_len = 64

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
