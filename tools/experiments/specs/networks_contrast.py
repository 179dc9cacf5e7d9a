"""Two more of the paper's networks (Table 3) with the recommended objective.

python -m tools.experiments.experiment tools/experiments/specs/networks_contrast.py
"""

title = 'C3D and I3D with contrast (Table 3)'
scale = (
    '12 classes of rendered motions. Pretraining uses 960 videos without labels. Then 5 '
    'of them per class get labels. The test has 360 other videos. Half of the training '
    'videos have the tint, shape and light that go with their class. In the test, looks '
    'say nothing about the class. C3D has 8 base channels, I3D 1/8 of its width, clips '
    'are 16x32x32. Each pretraining has 960 iterations.'
)
prepare = [
    '-m tools.experiments.motion --out {data} --train-per-class 80 --val-per-class 20 '
    '--test-per-class 30 --labels-per-class 1 5 20 --bias 0.5'
]
env = dict(MOTION_ROOT='{data}')
chance = 1 / 12
seeds = [0, 1, 2]

_RGB = 'configs/demo/r3d-vcop_16x2x1_motion-rgb.py'
_GRADIENTS = 'configs/demo/r3d-vcop_gradients_16x2x1_motion-rgb.py'
_CONTRAST = dict(
    pretrain='configs/demo/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py',
    recognize='configs/demo/r3d-vcop_stcr-contrast-pre_gradients_16x2x1_motion-rgb.py',
)
pretrain_test = 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'

_C3D = ['model.backbone.type=VCOPC3D']
_I3D = [
    *('model.backbone._delete_=True', 'model.backbone.type=InceptionI3D'),
    'model.backbone.width=0.125',
]
_I3D_HEAD = 'model.consistency_head.in_channels=128'
_I3D_PROJECTOR = (
    'model.consistency_head.auxiliary_losses.contrast.projector.in_channels=256'
)
_I3D_CLASSIFIED = [*_I3D, 'model.cls_head.in_channels=128']
_UNTRAINED = ['optim_wrapper.optimizer.lr=0', 'train_cfg.max_epochs=2']

arms = dict(
    c3d=dict(title='C3D, from scratch', recognize=_RGB, recognize_options=_C3D),
    c3d_gradients=dict(
        title='C3D, from scratch, on temporal gradients',
        recognize=_GRADIENTS,
        recognize_options=_C3D,
    ),
    c3d_random=dict(
        title='C3D, untrained',
        pretrain=_CONTRAST['pretrain'],
        pretrain_options=[*_C3D, *_UNTRAINED],
        pretrain_test_options=_C3D,
    ),
    c3d_contrast=dict(
        title='C3D, STCR with contrast, on temporal gradients',
        pretrain_options=_C3D,
        pretrain_test_options=_C3D,
        recognize_options=_C3D,
        **_CONTRAST,
    ),
    c3d_spread=dict(
        title='C3D, the same with variance and covariance',
        pretrain_options=[
            *_C3D,
            'model.consistency_head.auxiliary_losses.spread.type=VarianceCovarianceLoss',
        ],
        pretrain_test_options=_C3D,
        recognize_options=_C3D,
        **_CONTRAST,
    ),
    i3d=dict(
        title='I3D, from scratch', recognize=_RGB, recognize_options=_I3D_CLASSIFIED
    ),
    i3d_gradients=dict(
        title='I3D, from scratch, on temporal gradients',
        recognize=_GRADIENTS,
        recognize_options=_I3D_CLASSIFIED,
    ),
    i3d_random=dict(
        title='I3D, untrained',
        pretrain=_CONTRAST['pretrain'],
        pretrain_options=[*_I3D, _I3D_HEAD, _I3D_PROJECTOR, *_UNTRAINED],
        pretrain_test_options=[*_I3D, _I3D_HEAD],
    ),
    i3d_contrast=dict(
        title='I3D, STCR with contrast, on temporal gradients',
        pretrain_options=[*_I3D, _I3D_HEAD, _I3D_PROJECTOR],
        pretrain_test_options=[*_I3D, _I3D_HEAD],
        recognize_options=_I3D_CLASSIFIED,
        **_CONTRAST,
    ),
)
orderings = [
    ('c3d', '<', 'c3d_contrast'),
    ('c3d_gradients', '<', 'c3d_contrast'),
    ('c3d_contrast', '<', 'c3d_spread'),
    ('i3d', '<', 'i3d_contrast'),
    ('i3d_gradients', '<', 'i3d_contrast'),
]
notes = [
    'Learning rates are those chosen for R3D. None was chosen for these networks.',
    'C3D is the most accurate of the four networks. With contrast alone, it is also the '
    'only one whose effective rank falls below half of that of the untrained network. '
    'Its spread is kept, but its features lie in few directions: in part they do '
    'collapse. Variance and covariance terms beside contrast keep the rank above half.',
]
