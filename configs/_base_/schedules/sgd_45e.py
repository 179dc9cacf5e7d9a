# Fine-tuning and training from scratch. The paper gives learning rate, weight decay,
# epochs and steps; the rest is as in ../recipes/paper.py.
train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=45, val_begin=1, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type='MultiStepLR', end=45, milestones=[10, 20, 30, 40], gamma=0.1)
]
auto_scale_lr = dict(enable=False, base_batch_size=64)  # 8 GPUs x 8 videos
