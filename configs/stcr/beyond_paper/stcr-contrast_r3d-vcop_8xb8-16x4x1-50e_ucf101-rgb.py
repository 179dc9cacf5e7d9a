# What we recommend: at the scale of the paper the recipe of
# configs/demo/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py, which says what is beyond the
# paper. Measured at the scale of the demo alone (docs/results.md).
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    consistency_head=dict(
        pooling='mean',
        loss_temporal=dict(type='TemporalWiseLoss', loss_weight=0.1),
        loss_channel=None,
        auxiliary_losses=dict(
            contrast=dict(
                type='InfoNCELoss',
                temperature=0.1,
                projector=dict(
                    type='ProjectionMLP',
                    in_channels=1024,  # C' * T'
                    hidden_channels=1024,
                    out_channels=128,
                ),
            )
        ),
    )
)

crop = dict(type='RandomCrop', size=112)
colours = dict(type='RandomColorMatrix')
train_pipeline = _base_.train_pipeline
train_pipeline[5].update(  # [5] is SiamesePaths
    clean=[crop, colours],
    noise=[crop, colours, dict(type='TemporalGradient')],
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, by_epoch=True, convert_to_iter_based=True),
]
