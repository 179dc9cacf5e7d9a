# Order verification within a clip (Shuffle & Learn) with STCR.
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(pretext_head=dict(type='FrameVerificationHead', in_channels=512))

train_pipeline = _base_.train_pipeline
train_pipeline.insert(3, dict(type='ShuffleFrames'))  # before the decoding
train_pipeline[-1].meta_keys = (*train_pipeline[-1].meta_keys, 'frames_in_order')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

custom_hooks = [*_base_.custom_hooks, dict(type='PretextLabelsHook')]
