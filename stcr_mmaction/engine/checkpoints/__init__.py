"""How checkpoints are written, and found again."""

from .files import WHOLE_FILES, WholeFilesBackend
from .latest import find_latest_checkpoint

__all__ = ['WHOLE_FILES', 'WholeFilesBackend', 'find_latest_checkpoint']
