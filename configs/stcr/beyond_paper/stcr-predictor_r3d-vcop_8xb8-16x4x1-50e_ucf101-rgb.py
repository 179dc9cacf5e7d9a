# Against collapse: predictor and stop-gradient (SimSiam). Did not prevent it where we
# measured it (docs/results.md).
_base_ = '../stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'

model = dict(
    consistency_head=dict(
        predictor=dict(
            type='ProjectionMLP', in_channels=512, hidden_channels=128, out_channels=512
        )
    )
)
