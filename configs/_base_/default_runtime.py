_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
custom_hooks = [dict(type='FiniteLossHook')]

# The validation videos are those of the test: keeping the best epoch on them would
# choose by the test result, so the last one counts.
default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=2, save_best=None))
