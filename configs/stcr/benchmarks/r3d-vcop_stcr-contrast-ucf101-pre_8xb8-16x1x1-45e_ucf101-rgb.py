# Larger steps for the new classifier than for what is pretrained.
_base_ = './r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py'

# Pretrained on split 1, whatever the split of fine-tuning, as the paper does.
pretraining = 'stcr-contrast_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_50.pth'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'cls_head': dict(lr_mult=10)}))
