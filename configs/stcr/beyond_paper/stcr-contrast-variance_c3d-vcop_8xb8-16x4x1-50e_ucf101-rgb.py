# With C3D, the features of contrast alone lie in few directions (docs/results.md);
# variance and covariance terms keep them apart in more.
_base_ = './stcr-contrast_c3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    consistency_head=dict(
        auxiliary_losses=dict(spread=dict(type='VarianceCovarianceLoss'))
    )
)
