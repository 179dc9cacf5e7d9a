"""Read a video as training does, and check that seeking finds the right frames.

This runs in a child process, since damaged files can crash or hang a decoder.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import decord
import numpy as np
from av.video.reformatter import VideoReformatter
from child_process import Outcome, call_in_child

from stcr_mmaction.videos import decode, find_reader, upright

JUMPS = 16
REMEDY = 'make copies by a preparation tool with --short-side'


@dataclass(frozen=True)
class Decoded:
    """The result of decoding a video.

    Attributes:
        frames (int): Number of frames in training.
        digest (str): Digest of the frames, the same for a copy in another container.
        failure (str): Why it could not be decoded to its end, or ''.
        wrong (str): Where seeking returned wrong frames, or ''.
        in_order (str): Why training reads it from its first frame on, or ''.
    """

    frames: int = 0
    digest: str = ''
    failure: str = ''
    wrong: str = ''
    in_order: str = ''


def decode_video(path: Path) -> Decoded:
    """Read a video with the reader of training; if it seeks, check the frames.

    Only digests of the frames are kept.

    Raises:
        ValueError: If it is not a video, or cannot be decoded.
        RuntimeError: If decord fails, or returns frames that training refuses.
    """
    reader, flaw = find_reader(str(path))
    if flaw:
        told = f'{flaw}; training reads it from its first frame on, right but slow: '
        return Decoded(len(reader), _content(path), in_order=told + REMEDY)
    digests = [_digest(frame.asnumpy()) for frame in reader]
    return Decoded(len(digests), _content(path), wrong=_wrong_jumps(path, digests))


def _content(path: Path) -> str:
    """Return a digest of the frames, always by the same decoder."""
    content, converter = hashlib.sha256(), VideoReformatter()
    try:
        for frame in decode(str(path)):
            content.update(_digest(upright(frame, converter)))
    except ValueError:  # only decord can read it
        return ''
    return content.hexdigest()


def _wrong_jumps(path: Path, digests: Sequence[bytes]) -> str:
    reader, _ = find_reader(str(path))
    places = choose_places(len(digests), reader.get_key_indices())
    jumps = ((place, reader.get_batch([place]).asnumpy()[0]) for place in places)
    wrong = [place for place, frame in jumps if _digest(frame) != digests[place]]
    return _describe_wrong(wrong, places)


def _digest(frame: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(frame), digest_size=16).digest()


def choose_places(length: int, keyframes: list[int]) -> list[int]:
    """Choose frames spread over a video, and some near its keyframes.

    First in ascending order, as in a clip, so that no part is decoded twice. Then come
    some cheap jumps back, the last ones to the start, where some readers lose the frames
    before the second keyframe.

    Args:
        length (int): Frames of the video.
        keyframes (list[int]): Keyframes according to the reader.

    Returns:
        list[int]: Indices of frames, the same for the same video.
    """
    generator = random.Random(0)
    borders = [length * n // JUMPS for n in range(JUMPS + 1)]
    spread = {generator.randrange(a, b) for a, b in pairwise(borders) if a < b}
    behind = [key + n for key in keyframes[1:4] for n in (-1, 0, 1, 2)]
    later = {place for place in behind if 0 <= place < length}
    back = [key + 1 for key in keyframes[3:0:-1] if key + 1 < length]
    return [*sorted({*spread, *later, length - 1}), *back, 0, min(3, length - 1)]


def _describe_wrong(wrong: list[int], places: list[int]) -> str:
    if not wrong:
        return ''
    return (
        "decord's random access gives other frames than reading in order, at "
        f'{len(wrong)} of {len(places)} places, such as frame {wrong[0]}: {REMEDY}'
    )


def decode_in_child(
    path: Path, timeout: float, decode: Callable[[Path], Decoded] = decode_video
) -> Decoded:
    """Decode a video in another process.

    Args:
        path (Path): The video.
        timeout (float): Seconds after which the decoder counts as hanging.
        decode (Callable, optional): The function to call. Defaults to
            :func:`decode_video`.

    Returns:
        Decoded: The result; a crash or a hang is a failure.
    """
    context = get_context('forkserver')  # forks from a process without threads
    # Import the package only once, as it takes seconds.
    context.set_forkserver_preload(['__main__', 'stcr_mmaction.videos', 'decord'])
    match call_in_child(context, _decode_quietly, decode, path, timeout=timeout):
        case Outcome('value', decoded):
            return decoded
        case Outcome('error', (kind, message)):
            reason = f'{kind}: {message}'.splitlines()[0]
        case Outcome('hang'):
            reason = f'the decoder was not through after {timeout:g} s (--timeout)'
        case Outcome('crash', ending):
            reason = f'the decoder crashed: {ending}'
    return Decoded(failure=reason)


def _decode_quietly(decode: Callable[[Path], Decoded], path: Path) -> Decoded:
    decord.logging.set_level(decord.logging.QUIET)
    return decode(path)
