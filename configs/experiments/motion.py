"""Motions told apart with few labels, where appearance and background mislead.

python tools/analysis_tools/experiment.py configs/experiments/motion.py
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
    f'tools/data/motion/render.py --out {{data}} {_SIZE} --labels-per-class 1 5 20 '
    '--bias 0.5'
]
env = dict(MOTION_ROOT='{data}')
axes = dict(backbone=['VCOPR3D', 'VCOPR2Plus1D'], labels=[1, 5, 20])
seeds = [0, 1, 2, 3, 4]

_CONFIGS = 'configs/demo'
_DATA = 'motion_r3d-vcop_16x2x1'
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
        recognize_options=['optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=10'],
    ),
    transformed_gradients=dict(
        title='STCR with contrast and transformations, on temporal gradients',
        pretrain=f'{_CONFIGS}/stcr-contrast-stt_r3d-vcop_16x2x1_motion-rgb.py',
        recognize=_GRADIENTS,
        recognize_options=['optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=10'],
    ),
)
baseline = 'scratch'
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'random'
notes = [
    'Learning rates were chosen on validation videos, for 5 labels and R3D, below; the '
    'test videos played no part in any choice.'
]
orderings = [
    ('scratch', '<', 'contrast'),
    ('gradients', '<', 'contrast_gradients'),
    ('scratch', '<', 'paper'),
]
