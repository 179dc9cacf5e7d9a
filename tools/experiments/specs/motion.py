"""Classes of motions from few labels, where looks and background mislead.

python -m tools.experiments.experiment tools/experiments/specs/motion.py
"""

title = 'Rendered motions with misleading looks'
scale = (
    '12 classes of rendered motions. Pretraining uses 960 videos without labels. Then '
    '1, 5 or 20 of them per class get labels. The test has 360 other videos. Half of '
    'the training videos have the tint, shape and light that go with their class. In '
    'the test, looks say nothing about the class. Networks have 8 base channels, clips '
    'are 16x32x32. Each pretraining has 960 iterations.'
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
    'Learning rates were chosen on validation videos, with R3D and 5 labels per class: '
    'see [learning rates](motion_tuning.md). Test videos played no part in any choice. '
    'From scratch, and with contrast on frames, the rate is the best of those tried. '
    'With contrast on temporal gradients we kept the rate of frames, which was slightly '
    "worse than the best one in a trial with one seed. The paper's STCR is at chance "
    'with every rate, so it has the rate of training from scratch.',
    'From scratch, 20 labels per class are enough with some seeds and not with others. '
    'So the spread is wide.',
    "The paper's transformation beside contrast helps frozen features to find their "
    'class among the five nearest videos. After fine-tuning it makes no significant '
    'difference, and it leaves somewhat less than half of the rank. So we do not '
    'recommend it.',
    'For 1 and 20 labels per class, R3D was pretrained again, with the seeds of 5 '
    'labels but on one processor instead of two. Sums then round differently, so the '
    'network is not the same to the bit. The tables of features and of pretraining show '
    'the one from one processor.',
]
orderings = [
    ('scratch', '<', 'contrast'),
    ('gradients', '<', 'contrast_gradients'),
    ('contrast_gradients', '<', 'transformed_gradients'),
    ('scratch', '<', 'paper'),
]
