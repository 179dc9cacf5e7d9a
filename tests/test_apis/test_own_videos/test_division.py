"""Nothing of one source is on both sides, whatever the labels are."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from stcr_mmaction.apis.own_videos.division import divide
from stcr_mmaction.apis.own_videos.labels import LabeledVideos

ADVICE = ': all are trained on, label more of them'


def make(labels, groups=None, splits=None):
    paths = [Path(f'/v/{number:04}.mp4') for number in range(len(labels))]
    classes = [f'class {number}' for number in range(max(labels) + 1)]
    return LabeledVideos(paths, list(labels), classes, groups, splits)


def draw_case(seed):
    """Draw videos, half the time with groups; some have no label, group or digest."""
    random = np.random.default_rng(seed)
    count, classes = random.integers(4, 40), random.integers(2, 6)
    labels = random.integers(-(seed % 3 == 0), classes, count).tolist()
    labels[0] = 0
    groups = [f'g{n}' if n else '' for n in random.integers(0, 20, count)]
    digests = [f'd{n}' if n < 8 else '' for n in random.integers(0, 3 * count, count)]
    return make(labels, groups if seed % 2 else None), digests


def join(videos, keys):
    """Put videos that have a key in common, or are linked by others, into one set."""
    sets = [{video} for video in videos]
    for given in keys:
        for key in set(given) - {''}:
            holders = {video for video in videos if given[video] == key}
            touched = [one for one in sets if one & holders]
            sets = [one for one in sets if not one & holders]
            sets += [set().union(*touched)] if touched else []
    return sets


@pytest.mark.parametrize('seed', range(150))
def test_sources_are_whole_and_classes_on_both_sides_where_possible(seed):
    labeled, digests = draw_case(seed)
    known = [index for index, label in enumerate(labeled.labels) if label >= 0]
    sets = join(known, [digests, labeled.groups or [''] * len(digests)])
    kinds = [{labeled.labels[video] for video in one} for one in sets]

    def movable(learned):
        """List the classes of those sources that the others can spare."""
        held = Counter(kind for number in learned for kind in kinds[number])
        return [kinds[n] for n in learned if all(held[kind] > 1 for kind in kinds[n])]

    if not movable(range(len(sets))):
        with pytest.raises(ValueError, match='no class has a second video, or group'):
            divide(labeled, digests, seed=seed)
        return
    train, val, told = divide(labeled, digests, seed=seed)
    assert sorted([*train, *val]) == known and len(val)
    assert train.tolist() == sorted(train) and val.tolist() == sorted(val)
    assert all(one <= set(train) or one <= set(val) for one in sets)
    learned, tested = ({labeled.labels[index] for index in part} for part in (train, val))
    assert learned == {labeled.labels[index] for index in known}
    missing = learned - tested
    left = [number for number, one in enumerate(sets) if one <= set(train)]
    assert not any(kind & missing for kind in movable(left))
    names = ', '.join(f"'class {label}'" for label in sorted(missing))
    line = f'there is no video to validate with of {names}{ADVICE}'
    assert [text for text in told if 'to validate with of' in text] == [line] * bool(
        names
    )


@pytest.mark.parametrize('seed', range(30))
def test_the_order_of_videos_changes_nothing(seed):
    labeled, digests = draw_case(seed)
    order = np.random.default_rng(seed).permutation(len(digests))
    shuffled, moved = labeled.choose(order), [digests[index] for index in order]
    try:
        one = divide(labeled, digests, seed=seed)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)):
            divide(shuffled, moved, seed=seed)
        return
    other = divide(shuffled, moved, seed=seed)
    for part in ('train', 'val'):
        before = [labeled.paths[index] for index in getattr(one, part)]
        assert before == sorted(shuffled.paths[index] for index in getattr(other, part))
    assert one.notes == other.notes


def test_the_seed_makes_the_division():
    labeled, digests = make([0, 1] * 20), [''] * 40
    drawn = [divide(labeled, digests, seed=seed).val.tolist() for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize('groups', [None, [f'g{number}' for number in range(50)] * 2])
@pytest.mark.parametrize('share', [0.1, 0.2, 0.25, 0.5])
def test_each_class_has_its_share(groups, share):
    labels = [0] * 20 + [1] * 80
    labels = labels if groups is None else (labels[::2] * 2)
    train, val, told = divide(make(labels, groups), [''] * 100, share)
    counts = Counter(labels[index] for index in val)
    assert counts[0] == pytest.approx(share * 20, abs=3)
    assert counts[1] == pytest.approx(share * 80, abs=3)
    assert told == []


def test_what_a_user_may_not_expect_is_told():
    labels = [0] * 8 + [1] * 8 + [2] + [-1] * 3
    digests = ['d'] * 3 + [''] * 4 + ['e', 'e'] + [''] * 11
    assert divide(make(labels), digests).notes == [
        '3 videos without a label are not divided',
        '5 videos have the same content as others and stay with them',
        '1 videos have the content of one with another label, such as /v/0007.mp4 '
        "('class 0') and /v/0008.mp4 ('class 1')",
        f"there is no video to validate with of 'class 2'{ADVICE}",
    ]
    assert divide(make([0, 0, 1, 1]), [''] * 4).notes == [
        '50% of the videos are to validate with, in place of 20%: there are few videos, '
        'or large groups'
    ]


def test_splits_are_used():
    splits = ['train', 'val', 'test', 'train', 'train', '']
    labeled = make([0, 0, 0, 1, 0, -1], splits=splits)
    train, val, told = divide(labeled, [''] * 6)
    assert train.tolist() == [0, 3, 4] and val.tolist() == [1]
    assert told == [
        '1 videos without a label are not divided',
        'the split column is used: 3 train, 1 val, 1 test',
        f"there is no video to validate with of 'class 1'{ADVICE}",
    ]


@pytest.mark.parametrize('other', ['val', 'test'])
def test_splits_that_share_a_source_are_told(other):
    splits = ['train', 'train', 'val', other]
    told = (
        rf'/v/0001.mp4 \(train\) and /v/0003.mp4 \({other}\) have the same content: giv'
    )
    with pytest.raises(ValueError, match=told):
        divide(make([0, 1, 0, 1], splits=splits), ['', 'd', '', 'd'])
    with pytest.raises(ValueError, match=r'0001.mp4 \(train\) and .* are of one group'):
        divide(make([0, 1, 0, 1], ['', 'g', '', 'g'], splits), [''] * 4)


@pytest.mark.parametrize(
    ('labels', 'splits', 'share', 'message'),
    [
        ([0, 1], ['train', 'train'], 0.2, "no labeled video has the split 'val': give"),
        ([0, 1], ['val', 'test'], 0.2, "no labeled video has the split 'train': give"),
        (
            [0, 1],
            ['train', 'val'],
            0.2,
            "split 'train' is of 'class 1': each class needs",
        ),
        ([0, 1], None, 0.2, 'no class has a second video, or group of videos'),
        ([0, 1], None, 0.0, 'share must be above 0 and at most 0.5, got 0.0'),
        ([0, 1], None, 0.6, 'share must be above 0 and at most 0.5, got 0.6'),
        ([-1, -1], None, 0.2, 'no video has a label: there is nothing to divide'),
    ],
)
def test_each_error_is_told(labels, splits, share, message):
    with pytest.raises(ValueError, match=message):
        divide(make(labels, splits=splits), [''] * len(labels), share)
