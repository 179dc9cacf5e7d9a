"""Video files: what they are like, and their right frames. Knows nothing of MMAction2."""

from .in_order import InOrderReader, count_frames
from .probe import NamedBytes, VideoFacts, probe_video
from .reader import open_video

__all__ = [
    'InOrderReader',
    'NamedBytes',
    'VideoFacts',
    'count_frames',
    'open_video',
    'probe_video',
]
