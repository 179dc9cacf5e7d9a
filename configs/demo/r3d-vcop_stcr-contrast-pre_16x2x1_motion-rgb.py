"""Fine-tune on 5 labeled clips a class from ``stcr-contrast_r3d-vcop_16x2x1_motion``.

Larger steps for the new classifier than for what is pretrained, as chosen on validation
videos (``tools/experiments/specs/motion_tuning.py``). Needs ``--cfg-options
load_from=CHECKPOINT``. Environment: MOTION_ROOT, a folder made by
``tools/experiments/motion``.
"""

_base_ = 'r3d-vcop_16x2x1_motion-rgb.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'cls_head': dict(lr_mult=10)}))
