"""The data of the demo: rendered motions, or a folder of class/video."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stcr_mmaction.apis.own_videos.division import divide
from stcr_mmaction.apis.own_videos.labels import LabeledVideos, read_labels_of
from stcr_mmaction.apis.own_videos.readable_videos import leave_out_damaged

from .. import ROOT
from ..steps import StepError, prepare_data

MOTION = ROOT / 'data' / 'demo_motions'
TRAIN_PER_CLASS = 40
TEST_PER_CLASS = 30
SMALL = ['--frames', '17', '--fps', '12.5', '--height', '48', '--width', '64']
"""Options of the renderer: videos of 1.4 seconds that are read fast."""
TEST_SHARE = 0.3
LABELS_PER_CLASS = 5


@dataclass(frozen=True)
class Data:
    """Training and test data, the same for every seed.

    Attributes:
        title (str): Description.
        videos (Path): Folder of videos for pretraining, without test videos.
        labels (Path): CSV of the few labeled videos and the test videos.
        num_classes (int): Number of classes.
    """

    title: str
    videos: Path
    labels: Path
    num_classes: int


def render_motions(work_dir: Path, quick: bool) -> Data:
    """Render videos of 12 motions, with misleading appearance."""
    train, test = (6, 2) if quick else (TRAIN_PER_CLASS, TEST_PER_CLASS)
    folder = work_dir / 'motion' if quick else MOTION
    size = ['--train-per-class', str(train), '--test-per-class', str(test)]
    options = [*size, '--val-per-class', '1', '--bias', '0.5', *SMALL]
    prepare_data([['-m', 'tools.experiments.motion', '--out', str(folder), *options]])
    labeled = read_labels_of(folder / 'motion_train_videos.txt', folder / 'videos')
    tested = read_labels_of(folder / 'motion_test_videos.txt', folder / 'videos')
    return _arrange('rendered motions', labeled, tested, work_dir)


def divide_folder(folder: Path, work_dir: Path) -> Data:
    """Hold out a part of each class for the test.

    Raises:
        ValueError: If the folder is not of class/video, or has too few videos.
    """
    found, digests = leave_out_damaged(read_labels_of(folder))
    division = divide(found, digests, share=TEST_SHARE)
    labeled, tested = found.choose(division.train), found.choose(division.val)
    return _arrange(f'videos of {folder.name}', labeled, tested, work_dir)


def _arrange(
    what: str, labeled: LabeledVideos, tested: LabeledVideos, work_dir: Path
) -> Data:
    """Link the training videos into a folder; write labels of a few and of the test."""
    videos, labels = work_dir / 'videos', work_dir / 'labels.csv'
    links = {
        videos / f'{label}' / f'{number:05}_{path.name}': path
        for number, (path, label) in enumerate(
            zip(labeled.paths, labeled.labels, strict=True)
        )
    }
    there = {link: link.readlink() for link in videos.glob('*/*')}
    if there.items() - links.items():
        raise StepError(f'{work_dir} has other videos: give another --work-dir')
    for link, path in links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        if link not in there:
            link.symlink_to(path)
    few = labeled.choose(_choose(labeled.labels, slice(LABELS_PER_CLASS)))
    # Fine-tuning looks at one video of each class on the way. The others are for the end.
    first, rest = (
        tested.choose(_choose(tested.labels, part)) for part in (slice(1), slice(1, None))
    )
    with labels.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(('path', 'label', 'split'))
        for split, part in (('train', few), ('val', first), ('test', rest)):
            for path, label in zip(part.paths, part.labels, strict=True):
                rows.writerow((path, part.classes[label], split))
    classes = len(labeled.classes)
    counts = f'{len(labeled.paths)} videos of {classes} classes, {len(few.paths)} labeled'
    title = f'{what}: {counts}, {len(rest.paths or first.paths)} to test'
    return Data(title, videos, labels, classes)


def _choose(labels: Sequence[int], part: slice) -> list[int]:
    """Return a part of the videos of each class."""
    places = np.array(labels)
    of_classes = [np.flatnonzero(places == label) for label in np.unique(places)]
    return [int(n) for found in of_classes for n in found[part]]
