"""What a training logged, in panels and in words."""

import pytest

from stcr_mmaction.apis.own_videos.curves import training_curves
from stcr_mmaction.apis.training_panels import LOSSES

from ..test_scalars import trained, validated, write_log


@pytest.fixture
def drawn(saved_figures):
    """Return the panels of the last picture by title."""
    return lambda: {
        panel.get_title(): panel
        for panel in saved_figures[-1].axes
        if panel.get_visible()
    }


def lines_of(panel):
    return {line.get_label(): list(line.get_ydata()) for line in panel.lines}


def log(tmp_path):
    features = dict(spread_clean=0.4, spread_noise=0.8, rank_clean=10, rank_noise=20)
    fallen = dict(features, rank_clean=8)
    losses = dict(loss=3.0, loss_temporal=1.0, loss_contrast=2.0)
    lines = [trained(1, 1, **losses, **features), validated(1, 0.25)]
    lines += [trained(2, 2, loss=1.5, **fallen), validated(2, 0.5)]
    write_log(tmp_path, lines)


def test_panels_are_losses_then_features_then_validation(tmp_path, drawn):
    log(tmp_path)
    section = training_curves(tmp_path, 'Pretraining', chance=0.1)
    assert section.title == 'Pretraining'
    ((picture, alt),) = section.pictures
    assert picture.startswith(b'\x89PNG')
    panels = drawn()
    losses = [LOSSES[key] for key in ('loss', 'loss_temporal', 'loss_contrast')]
    features = [f'{name} of the features, % of the first' for name in ('spread', 'rank')]
    assert list(panels) == [*losses, *features, 'validation, % right']
    assert alt == f'over the iterations: {"; ".join(panels)}'
    assert lines_of(panels[LOSSES['loss']])['loss'] == [3.0, 1.5]
    curve, guess = panels['validation, % right'].lines
    assert list(curve.get_ydata()) == [25, 50]
    assert list(guess.get_ydata()) == [10, 10]


def test_features_are_beside_the_level_of_a_collapse(tmp_path, drawn):
    log(tmp_path)
    training_curves(tmp_path, 'Pretraining')
    clean, noise, level = drawn()['rank of the features, % of the first'].lines
    assert [clean.get_label(), noise.get_label()] == ['clean path', 'noise path']
    assert list(clean.get_ydata()) == [100, 80]
    assert list(noise.get_ydata()) == [100, 100]
    assert list(level.get_ydata()) == [25, 25]
    assert clean.get_color() != noise.get_color()


def test_the_text_says_what_the_curves_show(tmp_path):
    log(tmp_path)
    text = training_curves(tmp_path, 'Pretraining', chance=0.1).text.splitlines()
    assert text[0] == '2 iterations. The loss went from 3 to 1.5.'
    assert text[1].startswith('Spread and rank of the features ended at 80% of their')
    assert text[2] == 'The last validation: retrieval 50.0%. A guess gets 10.0%.'


def test_a_single_part_is_the_loss_itself(tmp_path, drawn):
    write_log(tmp_path, [trained(1, 1, loss=3.0, loss_cls=3.0, top1_acc=0.5)])
    assert training_curves(tmp_path, 'Fine-tuning').text == (
        '1 iteration. The loss is 3.'
    )
    assert list(drawn()) == [LOSSES['loss']]


def test_features_that_were_equal_from_the_start_are_told(tmp_path):
    figures = dict(spread_clean=0.0, spread_noise=0.0)
    write_log(tmp_path, [trained(1, 1, loss=1.0, **figures)])
    assert 'ended at 0% of their first' in training_curves(tmp_path, 'Pretraining').text


def test_nothing_logged_is_no_section(tmp_path):
    assert training_curves(tmp_path, 'Pretraining') is None
    write_log(tmp_path, [])
    assert training_curves(tmp_path, 'Pretraining') is None
