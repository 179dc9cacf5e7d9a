# Table 1 (a): Gaussian Noise in place of Intra-Video Mixup.
_base_ = '../stcr_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

crop = dict(type='RandomClipCrop', size=112)
noise = [crop, dict(type='SpatialGaussianNoise')]
model = dict(
    data_preprocessor=dict(
        blending=dict(type='SiameseBlending', clean=[crop], noise=noise)
    )
)
