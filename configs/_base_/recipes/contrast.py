# The recommended recipe, beyond the paper. The noise path shows changes over time. Both
# paths have randomly mixed colors, so that they share only motion. InfoNCE separates the
# features of different videos. Contrast alone can be solved by appearance and by the
# position of the crop, so the maps of the clean path also predict motion. The paper's
# flips, rotations and mixup are left out: fine-tuned, they gave no clear gain (see
# docs/results.md).
recipe = dict(
    what=(
        'the recommended recipe: both paths mix the color channels at random, and the '
        'noise path shows only what changes from frame to frame; the network learns to '
        'tell clips of one video from those of others (InfoNCE + 0.1 L_tw), and where, '
        'when and how the brightness of the clean path changes (3 L_motion)'
    ),
    clean=[dict(type='RandomColorMatrix')],
    noise=[dict(type='RandomColorMatrix'), dict(type='TemporalGradient')],
    consistency_head=dict(
        type='STCRHead',
        pooling='mean',
        loss_temporal=dict(type='TemporalWiseLoss', loss_weight=0.1),
        loss_channel=None,
        auxiliary_losses=dict(
            contrast=dict(
                type='InfoNCELoss',
                temperature=0.1,
                projector=dict(type='ProjectionMLP'),
            )
        ),
    ),
    motion_head=dict(type='MotionHead', loss_weight=3.0),
)

train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=50)
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, by_epoch=True, convert_to_iter_based=True),
]
auto_scale_lr = dict(enable=False, base_batch_size=64)  # 8 GPUs x 8 videos

# InfoNCE does not fix the scale of features: a smaller spread is not a collapse.
custom_hooks = [dict(type='CollapseMonitorHook', judged=['rank'])]
