_base_ = './r3d-18_8xb8-16x1x1-45e_ucf101-rgb.py'

# Pretrained on split 1, whatever the split of fine-tuning, as the paper does.
pretraining = 'stcr-contrast_r3d-18_1xb64-16x4x1-200e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_200.pth'
