# Linear probe: the backbone is frozen, its batch statistics too. Of another network: a
# child with its backbone, its cls_head.in_channels and its load_from. On HMDB51:
# DATASET=hmdb51 in the environment.
_base_ = [
    '../../_base_/models/vcop-c3d.py',
    '../../_base_/datasets/recognition.py',
    '../../_base_/schedules/linear_100e.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    type='FrozenRecognizer3D',
    cls_head=dict(
        type='LinearProbeHead',
        num_classes=_base_.num_classes,
        dropout_ratio=0.5,
        average_clips=None,  # ClipAccMetric averages them
    ),
)
test_evaluator = dict(type='ClipAccMetric', average_clips='prob')
val_evaluator = test_evaluator

# Pretrained on split 1, whatever the split of the probe.
pretraining = 'stcr_c3d-vcop_8xb8-16x4x1-50e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_50.pth'
