# Linear probe: the backbone is frozen, its batch statistics too.
_base_ = [
    '../../_base_/models/vcop-r3d.py',
    '../../_base_/datasets/hmdb51.py',
    '../../_base_/schedules/linear_100e.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    type='FrozenRecognizer3D',
    cls_head=dict(
        type='LinearProbeHead',
        num_classes=51,
        dropout_ratio=0.5,
        average_clips=None,  # ClipAccMetric averages them
    ),
)
test_evaluator = dict(type='ClipAccMetric', average_clips='prob')
val_evaluator = test_evaluator

# Pretrained on split 1, whatever the split of the probe.
pretraining = 'stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/split1/epoch_50.pth'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'
