"""Many files are written by processes, one of which may die."""

import os
from pathlib import Path

import pytest
from video_files import make_missing


def write(target: Path, source: Path) -> None:
    """Copy a text; die of 'deadly', refuse 'bad'."""
    text = source.read_text()
    if text == 'deadly':
        os._exit(1)
    if text == 'bad':
        raise RuntimeError(f'{source} is bad')
    target.write_text(text)


@pytest.fixture
def files(tmp_path) -> tuple[list[Path], list[Path]]:
    sources = [tmp_path / f'{number}.source' for number in range(8)]
    for source in sources:
        source.write_text('good')
    return [source.with_suffix('.target') for source in sources], sources


def test_a_process_that_dies_is_told_with_the_video_and_the_rest_can_be_made(files):
    targets, sources = files
    sources[1].write_text('bad')
    sources[4].write_text('deadly')
    with pytest.raises(RuntimeError, match='process that makes files died') as told:
        make_missing(write, targets, 'write', 1, sources)
    assert f'{sources[1]} is bad' in str(told.value)
    assert f'4 are not made. It was at {sources[4]}' in str(told.value)
    assert [target.exists() for target in targets[:5]] == [True, False, True, True, False]
    for source in (sources[1], sources[4]):
        source.write_text('good')
    assert make_missing(write, targets, 'write', 2, sources) == 5
    assert all(target.read_text() == 'good' for target in targets)


def test_all_that_can_be_made_is_made_and_every_failure_told(files):
    targets, sources = files
    for source in sources[::4]:
        source.write_text('bad')
    with pytest.raises(RuntimeError, match='0.source is bad\n.*4.source is bad'):
        make_missing(write, targets, 'write', 1, sources)
    assert sum(target.exists() for target in targets) == 6
