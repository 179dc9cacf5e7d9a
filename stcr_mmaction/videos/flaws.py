"""Find files in which decoders may seek to wrong frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Names in FFmpeg, also for .mov, .3gp and .webm files. All other files are read in order:
# without an index, a seek is inexact.
INDEXED = {'mp4', 'matroska', 'avi'}


class Packet(NamedTuple):
    """Facts about a packet, without decoding it.

    Attributes:
        pts (int, optional): Presentation time of its frame.
        dts (int, optional): Decoding time.
        discard (bool): Whether its frame is decoded but not shown.
        key (bool): Whether it is a key frame.
        is_clean_start (bool): Whether decoding can start there: later frames need no
            earlier ones.
    """

    pts: int | None
    dts: int | None
    discard: bool
    key: bool
    is_clean_start: bool


def find_flaw(names: list[str], packets: list[Packet], reorders: bool) -> str:
    """Return why seeking may end at a wrong frame.

    A decoder that seeks counts frames from a key frame. This is right if the packets
    between two key frames are the frames between them, which the times show.

    Args:
        names (list[str]): Names of the container format.
        packets (list[Packet]): All packets of the stream, in the order of the file.
        reorders (bool): Whether the codec stores frames in another order than shown.

    Returns:
        str: The flaw, or ''.
    """
    if not INDEXED.intersection(names):
        return f'{names[0]} files have no index of frames'
    if any(packet.discard for packet in packets):
        return 'it has frames that are not to be shown'
    if any(packet.pts is None for packet in packets):
        return 'it has frames without a time'
    if 'avi' in names and (reorders or any(p.pts != p.dts for p in packets)):
        return 'AVI files do not tell the order of B-frames'
    if any(packet.key and not packet.is_clean_start for packet in packets):
        return 'it has key frames behind which older frames are needed'
    pts = np.array([packet.pts for packet in packets])
    return _flaw_of_times(pts, np.array([packet.key for packet in packets]), reorders)


def _flaw_of_times(pts: np.ndarray, key: np.ndarray, reorders: bool) -> str:
    latest = np.maximum.accumulate(pts)
    earliest = np.minimum.accumulate(pts[::-1])[::-1]
    if len(np.unique(pts)) < len(pts):
        return 'it has frames with equal times'
    if not key[0]:
        return 'it does not begin with a key frame'
    if (latest[key] > pts[key]).any() or (earliest[key] < pts[key]).any():
        return 'it has frames that need the key frame behind them'
    if reorders and (latest == pts).all():
        return 'its times do not tell of the B-frames that its codec allows'
    return ''
