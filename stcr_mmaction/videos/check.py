"""What the videos of a folder are like, and which of them cannot be used."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import av

from .probe import VideoFacts, name_of, probe_video

CHUNK = 2**20


class CheckedVideos(NamedTuple):
    """What videos are like; each dict is by path, relative to their folder.

    Attributes:
        num_frames (dict[str, int]): Of the videos that can be used.
        left_out (dict[str, str]): Of the others to the reason.
        notes (dict[str, str]): Of those that can be used but are read slowly, to why.
        digests (dict[str, str]): Of what a file holds, SHA-256. Only those that can be
            used and have the size of another one have a digest.
        fps (dict[str, float]): Frames a second, as the file tells; 0 if it does not.
    """

    num_frames: dict[str, int]
    left_out: dict[str, str]
    notes: dict[str, str]
    digests: dict[str, str]
    fps: dict[str, float]


def check_videos(
    root: Path,
    paths: Sequence[str],
    min_frames: int = 2,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> CheckedVideos:
    """Probe videos, several at a time; no frame is decoded.

    Args:
        root (Path): Their folder.
        paths (Sequence[str]): Of the videos, relative to it.
        min_frames (int): A video with fewer is left out. Defaults to 2.
        workers (int, optional): Threads. Defaults to None: by the number of cores.
        progress (Callable, optional): Called after each video with the number of those
            that are done. Defaults to None.

    Returns:
        CheckedVideos: With those that are left out.
    """
    left_out, facts = {}, {}
    with _threads(workers) as pool:
        probed = pool.map(_probe, [Path(root) / path for path in paths])
        for done, (path, found) in enumerate(zip(paths, probed, strict=True), 1):
            reason = found if isinstance(found, str) else _too_short(found, min_frames)
            if reason:
                left_out[path] = reason
            else:
                facts[path] = found
            if progress:
                progress(done)
        digests = _find_digests(Path(root), facts, pool)
    return CheckedVideos(
        num_frames={path: fact.num_packets for path, fact in facts.items()},
        left_out=left_out,
        notes={path: fact.flaw for path, fact in facts.items() if fact.flaw},
        digests=digests,
        fps={path: fact.fps for path, fact in facts.items()},
    )


@contextmanager
def _threads(workers: int | None) -> Iterator[ThreadPoolExecutor]:
    """Give threads which after Ctrl-C do not go on to the end."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _probe(path: Path) -> VideoFacts | str:
    """Return what a video is like, or why it cannot be used."""
    try:
        return probe_video(str(path))
    except (OSError, av.FFmpegError) as error:
        return f'cannot be read: {error.strerror}'
    except ValueError as error:
        return str(error).removeprefix(f'{name_of(str(path))} ')


def _too_short(facts: VideoFacts, min_frames: int) -> str:
    if facts.num_packets >= min_frames:
        return ''
    return f'is too short: it has {facts.num_packets} of {min_frames} frames'


def _find_digests(
    root: Path, paths: Iterable[str], pool: ThreadPoolExecutor
) -> dict[str, str]:
    sizes = {path: (root / path).stat().st_size for path in paths}
    counts = Counter(sizes.values())
    alike = [path for path, size in sizes.items() if counts[size] > 1]
    digests = pool.map(_digest, [root / path for path in alike])
    return dict(zip(alike, digests, strict=True))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
