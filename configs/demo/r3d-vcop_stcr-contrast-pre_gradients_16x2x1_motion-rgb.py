"""Fine-tune on temporal gradients, from ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py``.

What was pretrained has seen them on its noise path. Larger steps for the new classifier
than for what is pretrained; on validation videos equal steps at a higher learning rate
were as good (``tools/experiments/specs/motion_tuning.py``). Needs ``--cfg-options
load_from=CHECKPOINT``. Environment: MOTION_ROOT, a folder made by
``tools/experiments/motion``.
"""

_base_ = 'r3d-vcop_gradients_16x2x1_motion-rgb.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'cls_head': dict(lr_mult=10)}))
