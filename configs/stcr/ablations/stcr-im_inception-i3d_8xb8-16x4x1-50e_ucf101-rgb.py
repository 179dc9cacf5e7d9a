# Table 2: Intra-Video Mixup alone; also the last row of Table 1.
# The row's 30.2 % on HMDB51 is close to Table 2's 30.3 % of Intra-Video Mixup alone, not
# to the 32.2 % of both modules. So we assume that no arm of Table 1 uses the
# Spatio-Temporal Transformation. Fine-tune an arm with a config of ../benchmarks,
# --cfg-options load_from=... and its own --work-dir.
_base_ = '../stcr_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

crop = dict(type='RandomClipCrop', size=112)
noise = [crop, dict(type='IntraVideoMixup')]
model = dict(
    data_preprocessor=dict(
        blending=dict(type='SiameseBlending', clean=[crop], noise=noise)
    )
)
