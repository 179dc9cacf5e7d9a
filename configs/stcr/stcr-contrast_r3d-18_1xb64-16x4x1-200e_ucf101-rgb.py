_base_ = [
    '../_base_/models/r3d-18.py',
    '../_base_/schedules/contrast_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='STCR',
    clip_shape=(16, 112, 112),
    recipe='contrast',
    cls_head=None,  # no labels
)
