"""Video files: what they are like, and their right frames. Knows nothing of MMAction2."""

from .in_order import InOrderReader, count_frames, decode, upright
from .probe import NamedBytes, VideoFacts, probe_video
from .reader import find_reader, open_video

__all__ = [
    'InOrderReader',
    'NamedBytes',
    'VideoFacts',
    'count_frames',
    'decode',
    'find_reader',
    'open_video',
    'probe_video',
    'upright',
]
