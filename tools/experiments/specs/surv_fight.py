"""Fights in real surveillance footage, in 5 folds that share no source of footage.

export SURV_FIGHT=PATH
python -m tools.experiments.experiment tools/experiments/specs/surv_fight.py
"""

title = 'Fights in surveillance footage'
scale = (
    '300 clips of 2 classes, in 5 folds. A network is pretrained without labels on the '
    '240 clips of four folds, then trained on them with labels, and tested on the fifth '
    'fold. VCOPR3D with 8 base channels, clips of 16x56x56.'
)
prepare = [
    '-m tools.experiments.surv_fight --data-root $SURV_FIGHT --out {data} --fold {fold}',
]
env = dict(SURV_FIGHT_ROOT='{data}', FOLD='{fold}')
axes = dict(fold=[0, 1, 2, 3, 4])
chance = 1 / 2
seeds = [0, 1, 2]
# Not run, for want of machine time.
leave_out = [dict(arm=['random', 'contrast'], seed=[1, 2])]

_CONFIGS = 'configs/demo'
_RGB = f'{_CONFIGS}/r3d-vcop_16x1x1_surv-fight-rgb.py'
pretrain_test = f'{_CONFIGS}/stcr_r3d-vcop_16x1x1_surv-fight-rgb.py'
_GRADIENTS = f'{_CONFIGS}/r3d-vcop_gradients_16x1x1_surv-fight-rgb.py'
arms = dict(
    scratch=dict(title='from scratch', recognize=_RGB),
    gradients=dict(title='from scratch, on temporal gradients', recognize=_GRADIENTS),
    random=dict(
        title='untrained',
        pretrain=f'{_CONFIGS}/stcr-contrast_r3d-vcop_16x1x1_surv-fight-rgb.py',
        # Batch norm alone takes in what features are like.
        pretrain_options=['optim_wrapper.optimizer.lr=0', 'train_cfg.max_epochs=2'],
    ),
    contrast=dict(
        title='STCR with contrast',
        pretrain=f'{_CONFIGS}/stcr-contrast_r3d-vcop_16x1x1_surv-fight-rgb.py',
        recognize=f'{_CONFIGS}/r3d-vcop_stcr-contrast-pre_16x1x1_surv-fight-rgb.py',
    ),
    contrast_gradients=dict(
        title='STCR with contrast, on temporal gradients',
        pretrain=f'{_CONFIGS}/stcr-contrast_r3d-vcop_16x1x1_surv-fight-rgb.py',
        recognize=_GRADIENTS,
        recognize_options=['optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=10'],
    ),
)
baseline = 'scratch'
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'random'
notes = [
    'Nothing was chosen on these videos: the learning rates are those of the rendered '
    "motions. The paper's objective alone was not run here; on rendered motions it "
    'collapses.',
    'On temporal gradients, pretraining makes no significant difference here. Frozen '
    'features are not significantly better than untrained ones either. Pretraining was '
    'short: 40 epochs of 240 clips are 300 iterations, less than a third of those on the '
    'rendered motions. Also, all clips have labels. The gain over training from scratch '
    'comes from temporal gradients.',
]
orderings = [
    ('scratch', '<', 'contrast'),
    ('gradients', '<', 'contrast_gradients'),
]
