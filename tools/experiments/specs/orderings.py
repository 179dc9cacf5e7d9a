"""The orderings of the paper's Tables 1 and 2: perturbations of the noise path.

python -m tools.experiments.experiment tools/experiments/specs/orderings.py
"""

title = "The paper's orderings: perturbations of the noise path (Tables 1 and 2)"
scale = (
    '12 classes of rendered motions. The looks of a video say nothing about its class. '
    'Pretraining uses 480 videos without labels. Then 60 of them get labels. The test '
    'has 360 other videos. VCOPR3D with 8 base channels, clips of 16x32x32. 6 epochs of '
    "the paper's objective, then fine-tuning."
)
prepare = [
    '-m tools.experiments.motion --out {data} --train-per-class 40 --val-per-class 5 '
    '--test-per-class 30'
]
env = dict(MOTION_ROOT='{data}')
chance = 1 / 12
seeds = [0, 1, 2]

recognize = 'configs/demo/r3d-vcop_16x2x1_motion-rgb.py'
_PAPER = 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'
_NOISE = 'train_dataloader.dataset.pipeline.5.noise'  # [5] is SiamesePaths
_BLENDING = 'model.data_preprocessor.blending.type'
# Code 0 is no transformation.
_NO_TRANSFORMATION = f'{_NOISE}.1.codes=[0]'
_NO_MIXUP = [f'{_NOISE}.2.type=SpatioTemporalTransform', f'{_NOISE}.2.codes=[0]']

arms = dict(
    scratch=dict(title='from scratch'),
    nothing=dict(
        title='nothing',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION, *_NO_MIXUP],
    ),
    gaussian=dict(
        title='(a) Gaussian noise',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION, f'{_NOISE}.2.type=SpatialGaussianNoise'],
    ),
    video_mixup=dict(
        title='(b) Video Mixup',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION, *_NO_MIXUP, f'{_BLENDING}=VideoMixup'],
    ),
    video_cutmix=dict(
        title='(c) Video CutMix',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION, *_NO_MIXUP, f'{_BLENDING}=VideoCutMix'],
    ),
    inter=dict(
        title='(d) Inter-Video Mixup',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION, *_NO_MIXUP, f'{_BLENDING}=InterVideoMixup'],
    ),
    intra=dict(
        title='(e) Intra-Video Mixup',
        pretrain=_PAPER,
        pretrain_options=[_NO_TRANSFORMATION],
    ),
    stt=dict(
        title='Spatio-Temporal Transformation',
        pretrain=_PAPER,
        pretrain_options=_NO_MIXUP,
    ),
    both=dict(title='both', pretrain=_PAPER),
)
baseline = 'scratch'
orderings = [
    ('nothing', '<', 'gaussian'),
    ('gaussian', '<', 'inter'),
    ('inter', '<', 'intra'),
    ('nothing', '>', 'video_mixup'),
    ('nothing', '>', 'video_cutmix'),
    ('scratch', '<', 'stt'),
    ('scratch', '<', 'intra'),
    ('stt', '<', 'both'),
    ('intra', '<', 'both'),
]
notes = [
    "These orderings say nothing. With the paper's objective, every pretraining "
    'collapses, whatever the perturbation: see *spread kept* above. After fine-tuning, '
    'the network puts all test videos, or nearly all, into one of the 12 classes, which '
    'is right for 8.3% of them. [Perturbations with contrast](orderings_contrast.md) '
    'compares the same perturbations with an objective that does not collapse.'
]
