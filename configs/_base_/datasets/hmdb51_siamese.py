# Environment: SPLIT=1, 2 or 3, and HMDB51_ROOT, the folder prepared as MMAction2 says.
_base_ = './siamese.py'

root = '{{$HMDB51_ROOT:data/hmdb51}}'
split = '{{$SPLIT:1}}'

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/hmdb51_train_split_{split}_videos.txt',
        data_prefix=dict(video=f'{root}/videos'),
        num_classes=51,
    )
)
