# Environment: DATASET=ucf101 or hmdb51, SPLIT=1, 2 or 3, and UCF101_ROOT or HMDB51_ROOT,
# the folder prepared by MMAction2's instructions. Runs are stored in work_dirs/CONFIG:
# choose another --work-dir for another data set or split.
dataset_name = '{{$DATASET:ucf101}}'
split = '{{$SPLIT:1}}'
roots = dict(
    ucf101='{{$UCF101_ROOT:data/ucf101}}',
    hmdb51='{{$HMDB51_ROOT:data/hmdb51}}',
)
if dataset_name not in roots:
    raise ValueError(
        f'DATASET={dataset_name} in the environment: choose ucf101 or hmdb51'
    )

num_classes = dict(ucf101=101, hmdb51=51)[dataset_name]
root = roots[dataset_name]
train_set = dict(
    ann_file=f'{root}/{dataset_name}_train_split_{split}_videos.txt',
    data_prefix=dict(video=f'{root}/videos'),
    num_classes=num_classes,
)
test_set = dict(train_set, ann_file=f'{root}/{dataset_name}_val_split_{split}_videos.txt')

train_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='EvenBatchSampler'),  # no batch of one video
    dataset=dict(
        type='CheckedVideoDataset',
        # A damaged video is replaced by another one; DamagedVideosHook reports it.
        on_error='replace',
        **train_set,
    ),
)
