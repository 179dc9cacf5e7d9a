"""Divide labeled videos into those to learn from and those to validate with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .held_out import draw_held_out, number_sources, pairs_of_equals
from .labels import LabeledVideos

FAR_OFF = 0.1
"""A share that differs by more is told."""


class Division(NamedTuple):
    """Videos to learn from and to validate with.

    Attributes:
        train (np.ndarray): (N,), int64, ascending indices of labeled videos.
        val (np.ndarray): (M,), int64, others.
        told (list[str]): What a user may not expect.
    """

    train: np.ndarray
    val: np.ndarray
    told: list[str]


def divide(
    labeled: LabeledVideos, digests: Sequence[str], share: float = 0.2, seed: int = 0
) -> Division:
    """Divide videos so that nothing of one source is on both sides.

    Splits are used if they are given. Otherwise each class has about the same share on
    either side, and videos of one group or of the same content stay together. Every
    class has a video to learn from, and one to validate with if it can be spared. The
    order of the videos does not matter.

    Args:
        labeled (LabeledVideos): N videos; those without a label are not divided.
        digests (Sequence[str]): Of the N videos, equal if what the files hold is; ``''``
            for a video that no other equals.
        share (float): Of the videos to validate with, about; above 0 and at most 0.5.
            Defaults to 0.2.
        seed (int): Of the draw. Defaults to 0.

    Returns:
        Division: With what a user may not expect.

    Raises:
        ValueError: If a share is out of range, splits lack a part or have a source in
            common, or every video is needed to learn from.
    """
    if not 0 < share <= 0.5:
        raise ValueError(f'share must be above 0 and at most 0.5, got {share!r}')
    known = [index for index, label in enumerate(labeled.labels) if label >= 0]
    if not known:
        raise ValueError('no video has a label: there is nothing to divide')
    known.sort(key=lambda index: str(labeled.paths[index]))
    videos, digests = labeled.choose(known), [digests[index] for index in known]
    if videos.splits:
        _check_sources(videos, digests)
        train, val = (np.array(videos.splits) == part for part in ('train', 'val'))
        _check_parts(videos, train, val)
    else:
        val = _draw(videos, digests, share, seed)
        train = ~val
    told = [*_tell(labeled, videos, digests), *_tell_division(videos, train, val, share)]
    index = np.array(known, np.int64)
    return Division(np.sort(index[train]), np.sort(index[val]), told)


def _draw(
    videos: LabeledVideos, digests: Sequence[str], share: float, seed: int
) -> np.ndarray:
    keys = (videos.groups, digests) if videos.groups else (digests,)
    sources = number_sources(len(digests), *keys)
    val = draw_held_out(np.array(videos.labels), sources, share, seed)
    if not val.any():
        raise ValueError(
            'no class has a second video, or group of videos, to validate with: label '
            'more videos'
        )
    return val


def _check_sources(videos: LabeledVideos, digests: Sequence[str]) -> None:
    """Refuse splits that show in a validation or test what was learned."""
    shared = {'have the same content': digests, 'are of one group': videos.groups or []}
    for reason, keys in shared.items():
        for one, other in pairs_of_equals(keys):
            splits = videos.splits[one], videos.splits[other]
            if splits[0] != splits[1]:
                raise ValueError(
                    f'{videos.paths[one]} ({splits[0]}) and {videos.paths[other]} '
                    f'({splits[1]}) {reason}: give them one split'
                )


def _check_parts(videos: LabeledVideos, train: np.ndarray, val: np.ndarray) -> None:
    for part, chosen in dict(train=train, val=val).items():
        if not chosen.any():
            raise ValueError(f'no labeled video has the split {part!r}: give it to some')
    unlearned = set(videos.labels) - set(np.array(videos.labels)[train].tolist())
    if unlearned:
        raise ValueError(
            f"no video of the split 'train' is of {_name(videos, unlearned)}: each class "
            'needs one'
        )


def _tell(
    labeled: LabeledVideos, videos: LabeledVideos, digests: Sequence[str]
) -> Iterator[str]:
    """Tell of videos that are not divided, or not alone."""
    if unlabeled := len(labeled.labels) - len(videos.labels):
        yield f'{unlabeled} videos without a label are not divided'
    counts = Counter(digest for digest in digests if digest)
    if copies := sum(count for count in counts.values() if count > 1):
        yield f'{copies} videos have the same content as others and stay with them'
    labels = videos.labels
    pairs = [
        pair for pair in pairs_of_equals(digests) if len({labels[n] for n in pair}) > 1
    ]
    if pairs:
        one, other = pairs[0]
        yield (
            f'{len(pairs)} videos have the content of one with another label, such as '
            f'{videos.paths[one]} ({_name(videos, [labels[one]])}) and '
            f'{videos.paths[other]} ({_name(videos, [labels[other]])})'
        )


def _tell_division(
    videos: LabeledVideos, train: np.ndarray, val: np.ndarray, share: float
) -> Iterator[str]:
    if videos.splits:
        counts = Counter(videos.splits)
        told = ', '.join(f'{counts[part]} {part}' for part in ('train', 'val', 'test'))
        yield f'the split column is used: {told}'
    elif abs(val.mean() - share) > FAR_OFF:
        yield (
            f'{val.mean():.0%} of the videos are to validate with, in place of '
            f'{share:.0%}: there are few videos, or large groups'
        )
    labels = np.array(videos.labels)
    if alone := set(labels[train].tolist()) - set(labels[val].tolist()):
        yield f'there is no video to validate with of {_name(videos, alone)}'


def _name(videos: LabeledVideos, labels: set[int] | list[int]) -> str:
    return ', '.join(repr(videos.classes[label]) for label in sorted(labels))
