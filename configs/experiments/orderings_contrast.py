"""The order of the paper's Tables 1 and 2 under an objective that does not collapse.

python tools/analysis_tools/experiment.py configs/experiments/orderings_contrast.py
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
prepare = [
    'tools/data/motion/render.py --out {data} --train-per-class 80 --val-per-class 20 '
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
notes = []
