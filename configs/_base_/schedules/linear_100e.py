# A linear probe: the backbone and its batch statistics are frozen. For HMDB51 set
# DATASET=hmdb51 in the environment.
# The schedule is CoCLR's (Han et al., NeurIPS 2020): SGD, rate, weight decay, epochs
# and steps. Its authors tune the rate from 0.1 to 1 and the decay from 1e-4 to 0.1 for
# each pretraining.
_base_ = '../datasets/recognition.py'

linear_head = dict(
    type='LinearProbeHead',
    num_classes=_base_.num_classes,
    dropout_ratio=0.5,
    average_clips=None,  # ClipAccMetric averages them
)
test_evaluator = dict(type='ClipAccMetric', average_clips='prob')
val_evaluator = test_evaluator

train_cfg = dict(
    type='ReproducibleTrainLoop', max_epochs=100, val_begin=1, val_interval=10
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-3),
)
param_scheduler = [dict(type='MultiStepLR', end=100, milestones=[60, 80], gamma=0.1)]
auto_scale_lr = dict(enable=False, base_batch_size=64)  # 8 GPUs x 8 videos
