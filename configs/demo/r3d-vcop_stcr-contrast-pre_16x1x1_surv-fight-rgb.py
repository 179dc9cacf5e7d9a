"""Fine-tune on the footage from ``stcr-contrast_r3d-vcop_16x1x1_surv-fight-rgb.py``.

Smaller steps for what is pretrained than for the new classifier. Needs ``--cfg-options
load_from=CHECKPOINT``. Environment: FOLD=0 to 4, and SURV_FIGHT_ROOT, a folder made by
``tools/data/surv_fight.py``.
"""

_base_ = 'r3d-vcop_16x1x1_surv-fight-rgb.py'

optim_wrapper = dict(
    optimizer=dict(lr=0.01),
    paramwise_cfg=dict(custom_keys={'cls_head': dict(lr_mult=10)}),
)
