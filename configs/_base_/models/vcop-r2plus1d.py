_base_ = './vcop-c3d.py'

model = dict(backbone=dict(type='VCOPR2Plus1D'))
