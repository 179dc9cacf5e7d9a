# Table 2: Intra-Video Mixup alone; also the last row of Table 1.
# The row's 30.2 % on HMDB51 is Table 2's 30.3 % of Intra-Video Mixup alone, not the
# 32.2 % of both modules, so we take it that no arm of Table 1 transforms in space and
# time. Fine-tune an arm by a config of ../benchmarks, with --cfg-options load_from=...
# and a --work-dir of its own.
_base_ = '../stcr_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'

crop = dict(type='RandomClipCrop', size=112)
noise = [crop, dict(type='IntraVideoMixup')]
model = dict(
    data_preprocessor=dict(
        blending=dict(type='SiameseBlending', clean=[crop], noise=noise)
    )
)
