"""Ways to prevent a collapse of the features, and how good frozen features are then.

python -m tools.experiments.experiment tools/experiments/specs/means.py
"""

title = 'Ways to prevent collapse'
scale = (
    '12 classes of rendered motions. The looks of a video say nothing about its class. '
    '480 training videos without labels, 360 test videos. VCOPR3D with 8 base channels, '
    'clips of 16x32x32. Each pretraining has 6 epochs. The network is frozen afterward; '
    'nothing is fine-tuned.'
)
prepare = [
    '-m tools.experiments.motion --out {data} --train-per-class 40 --val-per-class 5 '
    '--test-per-class 30'
]
env = dict(MOTION_ROOT='{data}')
chance = 1 / 12
seeds = [0, 1, 2]

_CONFIGS = 'configs/demo'
_PAPER = f'{_CONFIGS}/stcr_r3d-vcop_16x2x1_motion-rgb.py'
_CONTRAST = f'{_CONFIGS}/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'
pretrain_test = _PAPER

_HEAD = 'model.consistency_head'
_SPREAD = f'{_HEAD}.auxiliary_losses.spread.type=VarianceCovarianceLoss'
_INFO_NCE = f'{_HEAD}.auxiliary_losses.contrast'
_MLP = ['type=ProjectionMLP', 'hidden_channels=128']
_PREDICTOR = [
    f'{_HEAD}.predictor.{option}'
    for option in (*_MLP, 'in_channels=64', 'out_channels=64')
]
_AS_LONG = ['train_cfg.max_epochs=6', 'train_cfg.val_interval=3']

arms = dict(
    random=dict(
        title='untrained',
        pretrain=_PAPER,
        # Batch norm alone takes in what features are like.
        pretrain_options=['optim_wrapper.optimizer.lr=0', 'train_cfg.max_epochs=2'],
    ),
    paper=dict(title="the paper's objective", pretrain=_PAPER),
    predictor=dict(
        title='predictor and stop-gradient',
        pretrain=_PAPER,
        pretrain_options=_PREDICTOR,
    ),
    target=dict(
        title='predictor and slowly moving target',
        pretrain=_PAPER,
        pretrain_options=[*_PREDICTOR, 'model.target_momentum=0.99'],
    ),
    spread=dict(
        title='variance and covariance',
        pretrain=_PAPER,
        pretrain_options=[_SPREAD],
    ),
    centred=dict(
        title='variance and covariance, features without their mean over time',
        pretrain=_PAPER,
        pretrain_options=[_SPREAD, f'{_HEAD}.center_time=True'],
    ),
    code=dict(
        title='which transformation was it',
        pretrain=_PAPER,
        pretrain_options=[
            'model.pretext_head.type=TransformCodeHead',
            'model.pretext_head.in_channels=64',
        ],
    ),
    contrast=dict(
        title='contrast',
        pretrain=_PAPER,
        pretrain_options=[
            f'{_INFO_NCE}.type=InfoNCELoss',
            *(f'{_INFO_NCE}.projector.{option}' for option in _MLP),
            f'{_INFO_NCE}.projector.in_channels=128',
            f'{_INFO_NCE}.projector.out_channels=64',
            f'{_HEAD}.loss_temporal.type=TemporalWiseLoss',
            f'{_HEAD}.loss_temporal.loss_weight=0.1',
        ],
    ),
    appearance=dict(
        title='colors and temporal gradients, without contrast',
        pretrain=_CONTRAST,
        pretrain_options=[*_AS_LONG, f'{_HEAD}.auxiliary_losses=None'],
    ),
    recommended=dict(
        title='contrast, colors and temporal gradients',
        pretrain=_CONTRAST,
        pretrain_options=_AS_LONG,
    ),
)
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'random'
notes = [
    'Contrast keeps the features of different videos apart, and so do the variance and '
    'covariance terms: see *spread kept* above. These do not, at the learning rate and '
    "length that the paper's objective has here: a predictor with stop-gradient, a "
    'slowly moving target, the code of the transformation, and colors with temporal '
    'gradients alone.',
    'Nothing here makes frozen features significantly better than untrained ones within '
    '6 epochs of 480 videos. A network that learns must not collapse, but that alone is '
    'not enough. Contrast with colors and temporal gradients does make them better in '
    '960 iterations on 960 videos, at its own batch size and learning rate: see '
    '[rendered motions with misleading looks](motion.md).',
]
