# From scratch, from a tenth of the labels, with STCR on all videos.
_base_ = '../benchmarks/r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py'

model = dict(type='STCR', clip_shape=(16, 112, 112), recipe='paper')

# Each path has its own crop.
train_pipeline = [s for s in _base_.train_pipeline if s['type'] != 'RandomCrop']
train_dataloader = dict(dataset=dict(labeled_fraction=0.1, pipeline=train_pipeline))
