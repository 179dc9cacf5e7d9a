# For another network, replace the file of ../../_base_/models.
_base_ = [
    '../../_base_/models/vcop-c3d.py',
    '../../_base_/schedules/linear_100e.py',
    '../../_base_/default_runtime.py',
]

model = dict(type='FrozenRecognizer3D', cls_head=_base_.linear_head)

# Pretrained on split 1, whatever the split of the probe.
pretraining = 'stcr_c3d-vcop_8xb8-16x4x1-50e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_50.pth'
