# R3D-18 of torchvision: the network of TCLR, PCL and SLIC.
_base_ = './vcop-c3d.py'

model = dict(
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained2d=False,
        with_pool1=False,
        with_pool2=False,
        inflate=(1, 1, 1, 1),
        temporal_strides=(1, 2, 2, 2),
        zero_init_residual=False,
    )
)
