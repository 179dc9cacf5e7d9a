# Against collapse: predictor and slowly moving target (BYOL). Did not prevent it where we
# measured it (docs/results.md).
_base_ = './stcr-predictor_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(target_momentum=0.99)
