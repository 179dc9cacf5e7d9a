# As with R3D, which says more.
_base_ = './stcr-contrast_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(backbone=dict(type='VCOPC3D'))
