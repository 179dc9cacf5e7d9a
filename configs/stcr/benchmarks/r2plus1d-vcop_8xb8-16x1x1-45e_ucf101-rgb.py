# From scratch.
_base_ = [
    '../../_base_/models/vcop-r2plus1d.py',
    '../../_base_/datasets/ucf101.py',
    '../../_base_/schedules/sgd_45e.py',
    '../../_base_/default_runtime.py',
]

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'
