"""Check the videos of a folder."""

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
    """Results of a check; each dict is by path, relative to the folder.

    Attributes:
        num_frames (dict[str, int]): Number of frames of usable videos.
        left_out (dict[str, str]): Reasons for the others.
        notes (dict[str, str]): Reasons why some usable videos load slowly.
        digests (dict[str, str]): SHA-256 of files. Only usable videos with the same size
            as another one have a digest.
        fps (dict[str, float]): Frames per second according to the file; 0 if unknown.
    """

    num_frames: dict[str, int]
    left_out: dict[str, str]
    notes: dict[str, str]
    digests: dict[str, str]
    fps: dict[str, float]

    @property
    def copies(self) -> int:
        """Number of usable videos with the same content as an earlier one."""
        return len(self.digests) - len(set(self.digests.values()))


def check_videos(
    root: Path,
    paths: Sequence[str],
    min_frames: int = 2,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> CheckedVideos:
    """Probe videos in parallel, without decoding frames.

    Args:
        root (Path): Folder of the videos.
        paths (Sequence[str]): Paths of the videos, relative to it.
        min_frames (int): Videos with fewer frames are left out. Defaults to 2.
        workers (int, optional): Threads. Defaults to None: depends on the number of
            cores.
        progress (Callable, optional): Called after each video with the number of checked
            videos. Defaults to None.

    Returns:
        CheckedVideos: The results.
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
    return CheckedVideos(
        num_frames={path: fact.num_packets for path, fact in facts.items()},
        left_out=left_out,
        notes={path: fact.flaw for path, fact in facts.items() if fact.flaw},
        digests=digest_alike(root, facts, workers),
        fps={path: fact.fps for path, fact in facts.items()},
    )


@contextmanager
def _threads(workers: int | None) -> Iterator[ThreadPoolExecutor]:
    """Create a thread pool that stops at Ctrl-C."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _probe(path: Path) -> VideoFacts | str:
    """Return facts about a video, or why it cannot be used."""
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


def digest_alike(
    root: Path, paths: Iterable[str], workers: int | None = None
) -> dict[str, str]:
    """Return a digest of each file that has the size of another one.

    Args:
        root (Path): Folder of the files.
        paths (Iterable[str]): Paths of the files, relative to it.
        workers (int, optional): As in :func:`check_videos`. Defaults to None.
    """
    sizes = {path: (Path(root) / path).stat().st_size for path in paths}
    counts = Counter(sizes.values())
    alike = [path for path, size in sizes.items() if counts[size] > 1]
    with _threads(workers) as pool:
        digests = pool.map(digest_file, [Path(root) / path for path in alike])
        return dict(zip(alike, digests, strict=True))


def digest_file(path: Path) -> str:
    """Return a digest of the content of a file, which is read in parts."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
