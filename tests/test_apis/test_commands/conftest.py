"""What the tests of several commands share."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest

from stcr_mmaction.apis import finetune, pretrain
from stcr_mmaction.apis.own_videos import plan
from tests.conftest import write_video

COMMANDS = 'stcr_mmaction.apis.commands'
TINY = dict(backbone='vcop_r3d', size='tiny', epochs=1, batch_size=4)


@contextmanager
def quick() -> Iterator[None]:
    """Leave out the start of loading processes, and the pictures of each report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, '_workers', lambda: plan.Choice(0, 'a test'))
        for command in ('pretrain', 'finetune', 'evaluate'):
            patch.setattr(import_module(f'{COMMANDS}.{command}'), 'report', print)
        yield


@pytest.fixture(scope='module')
def in_one_process_without_reports():
    with quick():
        yield


@pytest.fixture(scope='session')
def videos(tmp_path_factory):
    """Twelve videos of two classes: what is dark, and what has blocks."""
    folder = tmp_path_factory.mktemp('own') / 'videos'
    for number in range(12):
        name, seed = ('blocks', number) if number % 2 else ('plain', None)
        write_video(folder / name / f'{number:02}.mp4', 34 + number, seed=seed)
    (folder / 'notes.txt').write_text('no video')
    (folder / 'plain' / 'damaged.mp4').write_bytes(b'no video either')
    return folder


@pytest.fixture(scope='session')
def labels(videos):
    """Write labels of all that can be read."""
    file = videos.parent / 'labels.csv'
    paths = sorted(videos.glob('*/[0-9]*.mp4'))
    with file.open('w', newline='') as opened:
        rows = csv.writer(opened)
        rows.writerow(('path', 'label'))
        rows.writerows((p.relative_to(videos), p.parent.name) for p in paths)
    return file


@pytest.fixture(scope='session')
def run(videos, labels):
    """A run that is pretrained and fine-tuned."""
    with quick():
        run = pretrain(videos, videos.parent / 'run', labels=labels, **TINY)
        finetune(run.folder, epochs=1)
    return run
