"""Divide labeled videos into training and validation videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .held_out import draw_held_out, number_sources, pairs_of_equals
from .labels import LabeledVideos

MAX_DEVIATION = 0.1
"""If the share differs by more, a note says so."""


class Division(NamedTuple):
    """Training and validation videos.

    Attributes:
        train (np.ndarray): (N,), int64, ascending indices of labeled videos.
        val (np.ndarray): (M,), int64, ascending indices of others.
        notes (list[str]): Messages for the user.
    """

    train: np.ndarray
    val: np.ndarray
    notes: list[str]


def divide(
    labeled: LabeledVideos, digests: Sequence[str], share: float = 0.2, seed: int = 0
) -> Division:
    """Divide videos so that no source is in both training and validation.

    Given splits are used. Otherwise the division is stratified by class, and videos of
    one group or with the same content stay together. Every class has a training video,
    and a validation video if possible. The order of the videos does not matter.

    Args:
        labeled (LabeledVideos): N videos; those without a label are left out.
        digests (Sequence[str]): For each of N videos, a digest of the file; ``''`` for a
            video without copies.
        share (float): Share of validation videos, about; above 0 and at most 0.5.
            Defaults to 0.2.
        seed (int): Random seed. Defaults to 0.

    Returns:
        Division: The division, with notes.

    Raises:
        ValueError: If the share is out of range, a split is missing, two splits share a
            source, or every video is needed for training.
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
    notes = [
        *_describe_sources(labeled, videos, digests),
        *_describe_division(videos, train, val, share),
    ]
    index = np.array(known, np.int64)
    return Division(np.sort(index[train]), np.sort(index[val]), notes)


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
    """Refuse splits that share videos or groups."""
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


def _describe_sources(
    labeled: LabeledVideos, videos: LabeledVideos, digests: Sequence[str]
) -> Iterator[str]:
    """Describe videos without a label and videos with copies."""
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


def _describe_division(
    videos: LabeledVideos, train: np.ndarray, val: np.ndarray, share: float
) -> Iterator[str]:
    if videos.splits:
        counts = Counter(videos.splits)
        told = ', '.join(f'{counts[part]} {part}' for part in ('train', 'val', 'test'))
        yield f'the split column is used: {told}'
    elif abs(val.mean() - share) > MAX_DEVIATION:
        yield (
            f'{val.mean():.0%} of the videos are to validate with, in place of '
            f'{share:.0%}: there are few videos, or large groups'
        )
    labels = np.array(videos.labels)
    if alone := set(labels[train].tolist()) - set(labels[val].tolist()):
        yield (
            f'there is no video to validate with of {_name(videos, alone)}: all are '
            'trained on, label more of them'
        )


def _name(videos: LabeledVideos, labels: set[int] | list[int]) -> str:
    return ', '.join(repr(videos.classes[label]) for label in sorted(labels))
