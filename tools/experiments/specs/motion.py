"""Motions told apart with few labels, where appearance and background mislead.

python -m tools.experiments.experiment tools/experiments/specs/motion.py
"""

title = 'Rendered motions with misleading appearance'
scale = (
    '12 motion classes; 960 training videos without labels, of which 1, 5 or 20 a class '
    'are labelled; 360 test videos. In training, half of the videos have the tint, shape '
    'and light that go with their class; in the test none tells anything. Networks of 8 '
    'base channels, clips of 16x32x32; every pretraining has 960 iterations.'
)
_SIZE = '--train-per-class 80 --val-per-class 20 --test-per-class 30'
prepare = [
    f'-m tools.experiments.motion --out {{data}} {_SIZE} --labels-per-class 1 5 20 '
    '--bias 0.5'
]
env = dict(MOTION_ROOT='{data}')
axes = dict(backbone=['VCOPR3D', 'VCOPR2Plus1D'], labels=[1, 5, 20])
chance = 1 / 12
seeds = [0, 1, 2, 3, 4]
# Not run, for want of machine time.
leave_out = [
    dict(backbone='VCOPR2Plus1D', labels=[1, 20]),
    dict(arm=['random', 'paper', 'contrast'], labels=[1, 20]),
    dict(arm='paper', seed=[3, 4]),
    dict(arm='paper', backbone='VCOPR2Plus1D', seed=2),
    dict(arm='transformed_gradients', backbone='VCOPR2Plus1D'),
    dict(arm='transformed_gradients', seed=4),
]

_CONFIGS = 'configs/demo'
_BACKBONE = ['model.backbone.type={backbone}']
recognize_options = [
    *_BACKBONE,
    'train_dataloader.dataset.dataset.ann_file='
    '{data}/motion_train_{labels}_per_class_videos.txt',
]
pretrain_options = _BACKBONE
pretrain_test_options = _BACKBONE
pretrain_test = f'{_CONFIGS}/stcr_r3d-vcop_16x2x1_motion-rgb.py'

_RGB = f'{_CONFIGS}/r3d-vcop_16x2x1_motion-rgb.py'
_GRADIENTS = f'{_CONFIGS}/r3d-vcop_gradients_16x2x1_motion-rgb.py'
_PAPER = f'{_CONFIGS}/stcr_r3d-vcop_16x2x1_motion-rgb.py'
_CONTRAST = f'{_CONFIGS}/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'
_TRANSFORMED = f'{_CONFIGS}/stcr-contrast-stt_r3d-vcop_16x2x1_motion-rgb.py'
_LARGER_STEPS = ['optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=10']

arms = dict(
    scratch=dict(title='from scratch', recognize=_RGB),
    gradients=dict(title='from scratch, on temporal gradients', recognize=_GRADIENTS),
    random=dict(
        title='untrained',
        pretrain=_CONTRAST,
        # Batch norm alone takes in what features are like.
        pretrain_options=['optim_wrapper.optimizer.lr=0', 'train_cfg.max_epochs=2'],
    ),
    paper=dict(
        title="the paper's STCR",
        pretrain=_PAPER,
        pretrain_options=['train_cfg.max_epochs=16', 'train_cfg.val_interval=4'],
        recognize=_RGB,
    ),
    contrast=dict(
        title='STCR with contrast',
        pretrain=_CONTRAST,
        recognize=f'{_CONFIGS}/r3d-vcop_stcr-contrast-pre_16x2x1_motion-rgb.py',
    ),
    contrast_gradients=dict(
        title='STCR with contrast, on temporal gradients',
        pretrain=_CONTRAST,
        recognize=_GRADIENTS,
        recognize_options=_LARGER_STEPS,
    ),
    transformed_gradients=dict(
        title='STCR with contrast and transformations, on temporal gradients',
        pretrain=_TRANSFORMED,
        recognize=_GRADIENTS,
        recognize_options=_LARGER_STEPS,
    ),
)
baseline = 'scratch'
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'random'
notes = [
    'Learning rates were tried on validation videos, for 5 labels and R3D, below; the '
    'test videos played no part in any choice. From scratch and with contrast on frames '
    'they are the best of those tried. With contrast on temporal gradients that on '
    'frames was kept, slightly below the best with one seed; the STCR of the paper, '
    'at chance with all of them, has that of from scratch.',
    'From scratch, 20 labels a class are learned with some seeds and not with others, '
    'hence the wide spread.',
    'The transformation of the paper under contrast, which helps frozen features to find '
    'their class among the nearest five, makes no significant difference to what is '
    'fine-tuned, and leaves somewhat less than half of the rank: it is not recommended.',
    'For 1 and 20 labels a class R3D was pretrained again, with the seeds of 5 labels. '
    'On one processor instead of two sums round differently, so it is not the same '
    'network to the bit. Features and pretraining are shown of the one on one processor.',
]
orderings = [
    ('scratch', '<', 'contrast'),
    ('gradients', '<', 'contrast_gradients'),
    ('contrast_gradients', '<', 'transformed_gradients'),
    ('scratch', '<', 'paper'),
]
