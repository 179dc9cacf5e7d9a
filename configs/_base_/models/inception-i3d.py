model = dict(
    type='Recognizer3D',
    backbone=dict(type='InceptionI3D'),
    cls_head=dict(
        type='I3DHead',
        num_classes=101,
        in_channels=1024,
        spatial_type='avg',
        dropout_ratio=0.5,
        average_clips='score',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[0, 0, 0],
        std=[255, 255, 255],
        format_shape='NCTHW',
    ),
)
