_base_ = [
    '../../_base_/models/inception-i3d.py',
    '../../_base_/schedules/linear_100e.py',
    '../../_base_/default_runtime.py',
]

model = dict(type='FrozenRecognizer3D', cls_head=_base_.linear_head)

# Pretrained on split 1, whatever the split of the probe.
pretraining = 'stcr-contrast_inception-i3d_1xb64-16x4x1-200e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_200.pth'
