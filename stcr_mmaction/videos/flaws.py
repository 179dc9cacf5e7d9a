"""Why a decoder that seeks in a file may find other frames than it is asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# FFmpeg's names; .mov, .3gp and .webm files go by these, too. All others are left to
# reading in order: without an index, a seek ends somewhere near the frame.
INDEXED = {'mp4', 'matroska', 'avi'}


class Packet(NamedTuple):
    """What a packet of a stream tells without being decoded.

    Attributes:
        pts (int, optional): When its frame is shown.
        dts (int, optional): When it is decoded.
        discard (bool): Whether its frame is decoded, but not shown.
        key (bool): Whether its frame needs no other.
        cuts_ties (bool): Whether no frame behind it needs one before it, either.
    """

    pts: int | None
    dts: int | None
    discard: bool
    key: bool
    cuts_ties: bool


def find_flaw(names: list[str], packets: list[Packet], reorders: bool) -> str:
    """Say why seeking may end at another frame.

    A decoder that seeks counts on from the key frame. This is right if the packets
    between two key frames are the frames between them, which their times tell.

    Args:
        names (list[str]): Names of the container.
        packets (list[Packet]): All of the stream, in the order of the file.
        reorders (bool): Whether the codec keeps frames in another order than shown.

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
    if any(packet.key and not packet.cuts_ties for packet in packets):
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
