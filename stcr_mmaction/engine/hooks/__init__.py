"""Hooks of the training loop."""

from .batch_size import BatchSizeHook
from .channels_last import ChannelsLastHook
from .checkpoint_match import CheckpointMatchHook
from .class_labels import ClassLabelsHook
from .collapse_monitor import CollapseMonitorHook
from .damaged_videos import DamagedVideosHook
from .finite_loss import FiniteLossHook
from .pretext_labels import PretextLabelsHook
from .progress import ProgressHook
from .whole_checkpoint import WholeCheckpointHook
from .work_dir_lock import WorkDirLockHook

__all__ = [
    'BatchSizeHook',
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'ClassLabelsHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
    'ProgressHook',
    'WholeCheckpointHook',
    'WorkDirLockHook',
]
