# Table 4, STCR (64f).
_base_ = './c3d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_ucf101-rgb.py'


def sample_64(pipeline: list[dict]) -> list[dict]:
    """Let clips have 64 frames."""
    long = dict(clip_len=64)
    return [s | long if s['type'] == 'SampleFrames' else s for s in pipeline]


train_pipeline = sample_64(_base_.train_pipeline)
val_pipeline = sample_64(_base_.val_pipeline)
test_pipeline = sample_64(_base_.test_pipeline)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
