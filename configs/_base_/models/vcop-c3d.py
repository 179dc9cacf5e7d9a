model = dict(
    type='Recognizer3D',
    backbone=dict(type='VCOPC3D'),
    cls_head=dict(
        type='I3DHead',
        num_classes=101,
        in_channels=512,
        spatial_type='avg',
        dropout_ratio=0,  # as in the clip order prediction experiments,
        average_clips='score',  # which average logits over clips,
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[0, 0, 0],  # and only scale pixels to [0, 1]
        std=[255, 255, 255],
        format_shape='NCTHW',
    ),
)
