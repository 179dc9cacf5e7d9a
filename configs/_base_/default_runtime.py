_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)

default_hooks = dict(
    # The validation videos are the test videos. The best epoch would be chosen by the
    # test result, so the last one counts.
    checkpoint=dict(
        type='WholeCheckpointHook', interval=5, max_keep_ckpts=2, save_best=None
    ),
    # A default hook has a name, for --cfg-options to set default_hooks.match.min_matched.
    match=dict(type='CheckpointMatchHook'),
    labels=dict(type='ClassLabelsHook'),
    lock=dict(type='WorkDirLockHook'),
    damaged=dict(type='DamagedVideosHook', max_share=0.01),
    batches=dict(type='BatchSizeHook'),
    finite=dict(type='FiniteLossHook'),
)
