# From scratch.
_base_ = [
    '../../_base_/models/r3d-18.py',
    '../../_base_/datasets/recognition.py',
    '../../_base_/schedules/sgd_45e.py',
    '../../_base_/default_runtime.py',
]

model = dict(cls_head=dict(num_classes=_base_.num_classes))
