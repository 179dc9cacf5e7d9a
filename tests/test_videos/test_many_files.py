"""Files that are missing are made, whatever becomes of some of them."""

import os

import pytest

from stcr_mmaction.videos import make_missing


def make(target, source):
    """Copy a text, or do what it says."""
    text = source.read_text()
    if text == 'refuse':
        raise RuntimeError('refused')
    if text == 'interrupt':
        raise KeyboardInterrupt
    if text == 'die':
        os._exit(1)
    target.write_text(text)


@pytest.fixture
def calls(tmp_path):
    sources = [tmp_path / f'{number}.source' for number in range(6)]
    for source in sources:
        source.write_text('good')
    return [(source.with_suffix('.target'), source) for source in sources]


def test_only_missing_files_are_made_and_failures_are_returned(calls):
    calls[0][0].write_text('made before')
    calls[3][1].write_text('refuse')
    assert make_missing(make, calls, 'make') == {calls[3][0]: 'refused'}
    texts = [target.read_text() for target, _ in calls if target.exists()]
    assert texts == ['made before', *['good'] * 4]


@pytest.mark.parametrize(
    ('text', 'error'), [('interrupt', KeyboardInterrupt), ('die', RuntimeError)]
)
def test_after_a_stop_the_rest_is_made(calls, text, error):
    calls[2][1].write_text(text)
    with pytest.raises(error):
        make_missing(make, calls, 'make', workers=1)
    assert not calls[2][0].exists()
    calls[2][1].write_text('good')
    assert make_missing(make, calls, 'make') == {}
    assert all(target.read_text() == 'good' for target, _ in calls)
