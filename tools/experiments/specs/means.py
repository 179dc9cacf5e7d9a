"""Means against a collapse of the features, and what frozen features are worth then.

python -m tools.experiments.experiment tools/experiments/specs/means.py
"""

title = 'Means against collapse'
scale = (
    '12 motion classes without misleading appearance; 480 training videos without '
    'labels, 360 test videos. VCOPR3D of 8 base channels, clips of 16x32x32; every '
    'pretraining has 6 epochs. No fine-tuning: features are frozen.'
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
        title='colours and temporal gradients, without contrast',
        pretrain=_CONTRAST,
        pretrain_options=[*_AS_LONG, f'{_HEAD}.auxiliary_losses=None'],
    ),
    recommended=dict(
        title='contrast, colours and temporal gradients',
        pretrain=_CONTRAST,
        pretrain_options=_AS_LONG,
    ),
)
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'random'
notes = [
    'Contrast and the terms for variance and covariance keep the features of different '
    'videos apart, as the spread kept above shows. A predictor with stop-gradient, a '
    'slowly moving target, the code of the transformation, and colours with temporal '
    'gradients alone do not, at the learning rate and length that the objective of the '
    'paper has here.',
    'No mean makes frozen features significantly better than untrained ones within 6 '
    'epochs of 480 videos: not to collapse is needed, but not enough. In 960 iterations '
    'on 960 videos, at its own batch size and learning rate, contrast with colours and '
    'temporal gradients does it: see the motions with misleading appearance.',
]
