_base_ = [
    '../_base_/models/vcop-r3d.py',
    '../_base_/datasets/hmdb51_siamese.py',
    '../_base_/schedules/sgd_50e.py',
    '../_base_/pretraining_runtime.py',
]

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    type='STCR',
    cls_head=None,  # no labels
    consistency_head=dict(type='STCRHead', in_channels=512, temporal_size=2),
)
