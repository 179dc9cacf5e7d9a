"""Fine-tune on the temporal gradients of the footage.

From ``stcr-contrast_r3d-vcop_16x1x1_surv-fight-rgb.py``. Larger steps for the new
classifier than for what is pretrained. Needs ``--cfg-options load_from=CHECKPOINT``.
Environment: FOLD=0 to 4, and SURV_FIGHT_ROOT, a folder made by
``tools/experiments/surv_fight.py``.
"""

_base_ = 'r3d-vcop_gradients_16x1x1_surv-fight-rgb.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'cls_head': dict(lr_mult=10)}))
