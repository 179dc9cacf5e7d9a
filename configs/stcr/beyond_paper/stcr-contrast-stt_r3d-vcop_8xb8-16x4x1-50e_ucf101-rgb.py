# With contrast and the paper's transformation: at the scale of the paper the recipe of
# configs/demo/stcr-contrast-stt_r3d-vcop_16x2x1_motion-rgb.py.
_base_ = './stcr-contrast_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

crop = dict(type='RandomCrop', size=112)
colours = dict(type='RandomColorMatrix')
train_pipeline = _base_.train_pipeline
train_pipeline[5].update(  # [5] is SiamesePaths
    clean=[crop, colours, dict(type='TemporalGradient')],
    noise=[crop, dict(type='SpatioTemporalTransform'), colours],
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
