"""Check video files and read the right frames. Independent of MMAction2."""

from .check import CheckedVideos, check_videos, digest_alike, digest_file
from .copies import copy_small, read_frames, write_atomically
from .folder import SUFFIXES, FoundVideos, find_videos
from .in_order import InOrderReader, count_frames, decode, upright
from .many_files import make_missing
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
    'copy_small',
    'count_frames',
    'decode',
    'digest_alike',
    'digest_file',
    'find_reader',
    'find_videos',
    'make_missing',
    'open_video',
    'probe_video',
    'read_frames',
    'upright',
    'write_atomically',
]
