"""A few rendered videos, one epoch: only shows that the experiment command works."""

title = 'Rendered motions, one epoch'
scale = 'VCOPR3D of 8 base channels, clips of 16x32x32, 2 videos a class'
_SIZE = '--train-per-class 2 --val-per-class 5 --test-per-class 1'
prepare = [f'-m tools.experiments.motion --out {{data}} {_SIZE} --labels-per-class 1 2']
env = dict(MOTION_ROOT='{data}')
axes = dict(labels=[1, 2])
seeds = [0, 1]
_CONFIGS = 'configs/demo'
recognize = f'{_CONFIGS}/r3d-vcop_16x2x1_motion-rgb.py'
recognize_options = [
    'train_cfg.max_epochs=1',
    'train_dataloader.dataset.times=1',
    'train_dataloader.dataset.dataset.ann_file='
    '{data}/motion_train_{labels}_per_class_videos.txt',
    # Whatever the number of classes, here it is a matter of running.
    'model.cls_head.num_classes=12',
    'train_dataloader.dataset.dataset.num_classes=12',
    'test_dataloader.dataset.num_classes=12',
]
pretrain_options = [
    'train_cfg.max_epochs=1',
    'train_dataloader.batch_size=4',
    'custom_hooks.0.interval=1',
    'custom_hooks.0.window=8',
]
arms = dict(
    scratch=dict(title='from scratch'),
    stcr=dict(title='STCR', pretrain=f'{_CONFIGS}/stcr_r3d-vcop_16x2x1_motion-rgb.py'),
)
baseline = 'scratch'
orderings = [('scratch', '<', 'stcr')]
