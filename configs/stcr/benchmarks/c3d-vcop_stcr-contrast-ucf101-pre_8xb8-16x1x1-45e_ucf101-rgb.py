_base_ = './c3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py'

# Pretrained on split 1, whatever the split of fine-tuning, as the paper does.
pretraining = 'stcr-contrast_c3d-vcop_1xb64-16x4x1-200e_ucf101-rgb'
load_from = f'./work_dirs/{pretraining}/epoch_200.pth'
