# As with C3D, which says more.
_base_ = './c3d-vcop_stcr-ucf101-pre-linear_8xb8-16x1x1-100e_ucf101-rgb.py'

model = dict(backbone=dict(type='VCOPR2Plus1D'))

pretraining = 'stcr_r2plus1d-vcop_8xb8-16x4x1-50e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/split1/epoch_50.pth'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'
