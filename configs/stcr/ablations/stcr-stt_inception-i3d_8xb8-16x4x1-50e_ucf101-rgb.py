# Table 2: Spatio-Temporal Transformation alone.
_base_ = '../stcr_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

crop = dict(type='RandomClipCrop', size=112)
noise = [crop, dict(type='SpatioTemporalTransform')]
model = dict(
    data_preprocessor=dict(
        blending=dict(type='SiameseBlending', clean=[crop], noise=noise)
    )
)
