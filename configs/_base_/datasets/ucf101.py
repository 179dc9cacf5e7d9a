# Environment: SPLIT=1, 2 or 3, and UCF101_ROOT, the folder prepared as MMAction2 says.
_base_ = './recognition.py'

root = '{{$UCF101_ROOT:data/ucf101}}'
split = '{{$SPLIT:1}}'
train_set = dict(
    ann_file=f'{root}/ucf101_train_split_{split}_videos.txt',
    data_prefix=dict(video=f'{root}/videos'),
    num_classes=101,
)
test_set = dict(train_set, ann_file=f'{root}/ucf101_val_split_{split}_videos.txt')

train_dataloader = dict(dataset=train_set)
val_dataloader = dict(dataset=test_set)
test_dataloader = dict(dataset=test_set)
