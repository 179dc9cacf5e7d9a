"""Check every video of annotation lists before training.

    python tools/data/check_videos.py data/ucf101/ucf101_*_split_1_videos.txt \
        --videos data/ucf101/videos --min-frames 64

Reads each video to its end as training does, in a child process, since damaged files can
crash or hang a decoder. Reports videos that are missing, cannot be decoded, are too
short, give wrong frames when decord seeks, must be read in order (right, but slow), have
the frames of another video, or are listed with two labels or in two lists of one split,
such as training and test. ``--out`` writes all results as JSON. The exit status is 1 if a
problem is found.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.progress import track
from video_decoding import decode_in_child
from video_lists import Entry, find_conflicts, read_list

TROUBLE = (
    'missing',
    'undecodable',
    'too short',
    'wrong frames',
    'read in order',
    'duplicate',
    'two labels',
    'two lists',
)


@dataclass(frozen=True)
class Finding:
    """The result for a video.

    Attributes:
        frames (int): Number of decoded frames.
        digest (str): Digest of the frames.
        troubles (dict[str, str]): Descriptions by kind, one of ``TROUBLE``.
    """

    frames: int = 0
    digest: str = ''
    troubles: dict[str, str] = field(default_factory=dict)


def check_video(path: Path, min_frames: int, timeout: float) -> Finding:
    """Decode a video to its end in another process.

    Args:
        path (Path): The video.
        min_frames (int): Videos with fewer frames are too short.
        timeout (float): Seconds after which the decoder counts as hanging.

    Returns:
        Finding: The result, without conflicts between lists.
    """
    if not path.is_file():
        return Finding(troubles={'missing': 'no such file'})
    decoded = decode_in_child(path, timeout)
    troubles = {}
    if decoded.failure:
        troubles['undecodable'] = decoded.failure
    elif decoded.frames < min_frames:
        short = f'{decoded.frames} of the {min_frames} frames that are needed'
        troubles['too short'] = short
    if decoded.wrong:
        troubles['wrong frames'] = decoded.wrong
    if decoded.in_order:
        troubles['read in order'] = decoded.in_order
    return Finding(decoded.frames, decoded.digest, troubles)


def check_all(
    entries: Sequence[Entry], root: Path, min_frames: int, timeout: float, workers: int
) -> dict[str, Finding]:
    """Check videos in parallel, with a progress bar; then check the lists."""
    videos = list(dict.fromkeys(entry.video for entry in entries))
    check = partial(check_video, min_frames=min_frames, timeout=timeout)
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(check, [root / video for video in videos])
        findings = dict(zip(videos, track(found, 'check', len(videos)), strict=True))
    digests = {video: finding.digest for video, finding in findings.items()}
    for video, kind, reason in find_conflicts(entries, digests):
        troubles = {**findings[video].troubles, kind: reason}
        findings[video] = replace(findings[video], troubles=troubles)
    return findings


def report(findings: Mapping[str, Finding], out: Path | None) -> int:
    """Print all problems; return the number of videos with problems."""
    counts = Counter(dict.fromkeys(TROUBLE, 0))
    for video, finding in findings.items():
        counts.update(finding.troubles.keys())
        for kind, reason in finding.troubles.items():
            print(f'{kind}: {video}: {reason}')
    told = ', '.join(f'{count} {kind}' for kind, count in counts.items())
    print(f'{len(findings)} videos: {told}')
    if out:
        videos = {video: asdict(finding) for video, finding in findings.items()}
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(dict(counts=counts, videos=videos), indent=1))
    return sum(bool(finding.troubles) for finding in findings.values())


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('lists', type=Path, nargs='+', metavar='LIST', help='annotation files')
    add('--videos', type=Path, required=True, help='folder the lists refer to')
    add('--min-frames', type=int, default=1, help='that training needs (default: 1)')
    add('--timeout', type=float, default=600, help='seconds a video (default: 600)')
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
        entries = [entry for path in args.lists for entry in read_list(path)]
    except ValueError as error:
        sys.exit(f'check_videos.py: error: {error}')
    if not entries:
        sys.exit('check_videos.py: error: the lists have no videos')
    findings = check_all(
        entries, args.videos, args.min_frames, args.timeout, args.workers
    )
    sys.exit(report(findings, args.out) > 0)


if __name__ == '__main__':
    main()
