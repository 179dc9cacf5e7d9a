# From scratch, from a tenth of the labels, with STCR on all videos.
_base_ = [
    '../../_base_/models/vcop-r3d.py',
    '../../_base_/datasets/ucf101.py',
    '../../_base_/schedules/sgd_45e.py',
    '../../_base_/default_runtime.py',
]

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    type='STCR',
    cls_head=dict(num_classes=101),
    consistency_head=dict(type='STCRHead', in_channels=512, temporal_size=2),
    data_preprocessor=dict(blending=dict(type='SiameseBlending', size=112)),
)

# Without RandomCrop: each path has its own.
train_pipeline = [*_base_.train_pipeline[:4], *_base_.train_pipeline[5:]]
train_dataloader = dict(dataset=dict(labelled_fraction=0.1, pipeline=train_pipeline))
