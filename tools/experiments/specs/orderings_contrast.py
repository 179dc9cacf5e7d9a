"""The orderings of the paper's Tables 1 and 2, by an objective that does not collapse.

python -m tools.experiments.experiment tools/experiments/specs/orderings_contrast.py
"""

_base_ = 'orderings.py'

title = "The paper's perturbations with contrast (Tables 1 and 2)"
scale = (
    '12 classes of rendered motions. Pretraining uses 960 videos without labels. Then 5 '
    'of them per class get labels. The test has 360 other videos. Half of the training '
    'videos have the tint, shape and light that go with their class. In the test, looks '
    'say nothing about the class. VCOPR3D with 8 base channels, clips of 16x32x32. '
    'Contrast compares the noise path with temporal gradients of the clean path; colors '
    'of both are mixed at random. 960 iterations, then fine-tuning.'
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
    'With contrast, the perturbations do differ. As in the paper, cutting and mixing '
    'videos does not help; here CutMix is significantly worse than no perturbation. '
    'Unlike in the paper, Gaussian noise is better than Inter-Video Mixup. Intra-Video '
    "Mixup is the best in the paper's table. Here it makes frozen features worse than "
    'no perturbation does. A reason may be that the two paths share changes in time '
    'here. A still frame that is mixed in shows none. It weakens those of the clip: to '
    'half on average, and to nothing at worst. Then the paths can only agree on looks. '
    'We did not test this.',
    'The spatio-temporal transformation has the best frozen features. With every seed, '
    'more queries have their class among the five nearest neighbors. Fine-tuning on '
    'frames does not show this with three seeds. For fine-tuning on temporal gradients '
    'see [rendered motions with misleading looks](motion.md). Flips and rotations turn '
    'some of these motions into others (rise, fall and slide), so the features of these '
    'have to agree, too.',
]
