# Fine-tuning with the labels of one video in ten, the same ones each time. From scratch:
# --cfg-options load_from=None --work-dir work_dirs/NAME
_base_ = './r2plus1d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_ucf101-rgb.py'

train_dataloader = dict(dataset=dict(labelled_fraction=0.1, labelled_only=True))

work_dir = './work_dirs/{{ fileBasenameNoExtension }}/split{{$SPLIT:1}}'
