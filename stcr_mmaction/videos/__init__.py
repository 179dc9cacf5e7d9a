"""Video files: what they are like, and their right frames. Knows nothing of MMAction2."""

from .check import CheckedVideos, check_videos
from .folder import SUFFIXES, FoundVideos, find_videos
from .in_order import InOrderReader, count_frames, decode, upright
from .probe import NamedBytes, VideoFacts, probe_video
from .reader import find_reader, open_video

__all__ = [
    'SUFFIXES',
    'CheckedVideos',
    'FoundVideos',
    'InOrderReader',
    'NamedBytes',
    'VideoFacts',
    'check_videos',
    'count_frames',
    'decode',
    'find_reader',
    'find_videos',
    'open_video',
    'probe_video',
    'upright',
]
