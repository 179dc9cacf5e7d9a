"""Look at every video of annotation lists before training does.

    python tools/data/check_videos.py data/ucf101/ucf101_*_split_1_videos.txt \
        --videos data/ucf101/videos --min-frames 64

Decodes each video to its end, in a process of its own, since damaged files can crash or
hang a decoder. Tells what is missing, cannot be decoded, is too short, or is in the lists
twice under two names (equal bytes); ``--out`` writes it all as JSON. The exit status is 1
if there is anything to tell.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import decord
from official_splits import read_lines
from rich.progress import track

TROUBLE = ('missing', 'undecodable', 'too short', 'duplicate')


@dataclass(frozen=True)
class Finding:
    """What a video is like.

    Attributes:
        frames (int): Those that were decoded.
        trouble (str, optional): One of ``TROUBLE``, or None.
        reason (str): What is wrong.
        digest (str): Of the file's bytes.
    """

    frames: int = 0
    trouble: str | None = None
    reason: str = ''
    digest: str = ''


def read_list(path: Path) -> list[str]:
    """List the videos of an annotation file, lines ``path label`` or ``path``."""
    videos = []
    for line in read_lines(path):
        video, _, label = line.rpartition(' ')
        videos.append(video if label.lstrip('-').isdigit() and video else line)
    return videos


def check_video(path: Path, min_frames: int, timeout: float) -> Finding:
    """Decode a video to its end in another process.

    Args:
        path (Path): The video.
        min_frames (int): A video with fewer is too short.
        timeout (float): Seconds after which the decoder counts as hanging.

    Returns:
        Finding: What it is like, duplicates not considered.
    """
    if not path.is_file():
        return Finding(trouble='missing', reason='no such file')
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    frames, reason = _decode_apart(path, timeout)
    if reason:
        return Finding(frames, 'undecodable', reason, digest)
    if frames < min_frames:
        reason = f'{frames} of the {min_frames} frames that are needed'
        return Finding(frames, 'too short', reason, digest)
    return Finding(frames, digest=digest)


def _decode_apart(path: Path, timeout: float) -> tuple[int, str]:
    """Return the number of frames, and what went wrong."""
    context = get_context('forkserver')  # forks a process without threads
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_decode, args=(path, there), daemon=True)
    process.start()
    there.close()
    try:
        if here.poll(timeout):
            return here.recv()
        return 0, f'the decoder was not through after {timeout:g} s'
    except EOFError:
        process.join()
        return 0, f'the decoder crashed with exit status {process.exitcode}'
    finally:
        process.kill()
        process.join()
        here.close()


def _decode(path: Path, answer: Connection) -> None:
    try:
        reader, frames = decord.VideoReader(str(path), num_threads=1), 0
        for _ in reader:
            frames += 1
        answer.send((frames, '' if frames else 'no frames'))
    except Exception as error:
        answer.send((0, f'{type(error).__name__}: {error}'.splitlines()[0]))


def check_all(
    videos: Sequence[str], root: Path, min_frames: int, timeout: float, workers: int
) -> dict[str, Finding]:
    """Check videos, several at a time, under a progress bar; duplicates too."""
    check = partial(check_video, min_frames=min_frames, timeout=timeout)
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(check, [root / video for video in videos])
        findings = dict(zip(videos, track(found, 'check', len(videos)), strict=True))
    return {**findings, **_find_duplicates(findings)}


def _find_duplicates(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    same = defaultdict(list)
    for video, finding in findings.items():
        if finding.digest:
            same[finding.digest].append(video)
    return {
        video: Finding(
            findings[video].frames, 'duplicate', f'equal to {group[0]}', digest
        )
        for digest, group in same.items()
        for video in group[1:]
        if not findings[video].trouble
    }


def report(findings: Mapping[str, Finding], out: Path | None) -> int:
    """Print what is wrong; return how many videos have something."""
    wrong = {video: f for video, f in findings.items() if f.trouble}
    for video, finding in wrong.items():
        print(f'{finding.trouble}: {video}: {finding.reason}')
    counts = dict.fromkeys(TROUBLE, 0)
    for finding in wrong.values():
        counts[finding.trouble] += 1
    told = ', '.join(f'{count} {kind}' for kind, count in counts.items())
    print(f'{len(findings)} videos: {told}')
    if out:
        videos = {video: asdict(finding) for video, finding in findings.items()}
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(dict(counts=counts, videos=videos), indent=1))
    return len(wrong)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('lists', type=Path, nargs='+', metavar='LIST', help='annotation files')
    add('--videos', type=Path, required=True, help='folder the lists refer to')
    add('--min-frames', type=int, default=1, help='that training needs (default: 1)')
    add('--timeout', type=float, default=120, help='seconds a video (default: 120)')
    add('--workers', type=int, default=2, help='videos at a time (default: 2)')
    add('--out', type=Path, help='write all findings to this JSON file')
    args = parser.parse_args(argv)
    for name in ('min_frames', 'timeout', 'workers'):
        if getattr(args, name) <= 0:
            option = name.replace('_', '-')
            parser.error(f'--{option} must be above 0, got {getattr(args, name)}')
    return args


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        videos = sorted({video for path in args.lists for video in read_list(path)})
    except ValueError as error:
        sys.exit(f'check_videos.py: error: {error}')
    findings = check_all(videos, args.videos, args.min_frames, args.timeout, args.workers)
    sys.exit(report(findings, args.out) > 0)


if __name__ == '__main__':
    main()
