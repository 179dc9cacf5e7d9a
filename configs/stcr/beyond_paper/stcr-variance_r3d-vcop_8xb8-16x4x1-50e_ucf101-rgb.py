# Against collapse: variance and covariance of the features (VICReg).
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    consistency_head=dict(
        auxiliary_losses=dict(spread=dict(type='VarianceCovarianceLoss'))
    )
)
