# From scratch.
_base_ = [
    '../../_base_/models/inception-i3d.py',
    '../../_base_/datasets/hmdb51.py',
    '../../_base_/schedules/sgd_45e.py',
    '../../_base_/default_runtime.py',
]

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(cls_head=dict(num_classes=51))
