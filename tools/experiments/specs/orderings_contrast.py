"""The order of the paper's Tables 1 and 2 under an objective that does not collapse.

python -m tools.experiments.experiment tools/experiments/specs/orderings_contrast.py
"""

_base_ = 'orderings.py'

title = "The paper's perturbations under contrast (Tables 1 and 2)"
scale = (
    '12 motion classes; 960 training videos without labels, of which 5 a class are '
    'labelled; 360 test videos. In training, half of the videos have the tint, shape and '
    'light that go with their class; in the test none tells anything. VCOPR3D of 8 base '
    'channels, clips of 16x32x32; contrast between the noise path and temporal gradients '
    'of the clean one, both with colours mixed at random, for 960 iterations, then '
    'fine-tuning.'
)
chance = 1 / 12
prepare = [
    '-m tools.experiments.motion --out {data} --train-per-class 80 --val-per-class 20 '
    '--test-per-class 30 --labels-per-class 1 5 20 --bias 0.5'
]
pretrain_test = 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'

arms = {
    arm: dict(
        pretrain='configs/demo/stcr-contrast_perturbed_r3d-vcop_16x2x1_motion-rgb.py',
        recognize='configs/demo/r3d-vcop_stcr-contrast-pre_16x2x1_motion-rgb.py',
    )
    for arm in _base_.arms
    if arm != 'scratch'
}
frozen_metric = 'frozen/retrieval_top1'
frozen_baseline = 'nothing'
notes = [
    'Under contrast the perturbations can be told apart. As in the paper, cutting and '
    'mixing videos does not help, significantly so for CutMix. Unlike in the paper, '
    'Gaussian noise is better than Inter-Video Mixup, and Intra-Video Mixup, the best of '
    'the table there, makes frozen features worse than no perturbation. A reason may be '
    'what the paths have in common here: changes in time. A still that is mixed in shows '
    'none, but weakens those of the clip, to half on average and at worst to nothing, '
    'and then looks are all that is left to agree on. That was not tested.',
    'The spatio-temporal transformation has the best frozen features: more queries have '
    'their class among the five nearest neighbours, with every seed. Three seeds of '
    'fine-tuning on frames do not show it; for fine-tuning on temporal gradients see the '
    'motions with misleading appearance. Flips and rotations turn some of these motions '
    'into others (rise, fall and slide), so their features have to agree too.',
]
