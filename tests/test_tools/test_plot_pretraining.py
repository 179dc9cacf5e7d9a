"""What the plot puts where, from logs as mmengine writes them."""

from pathlib import Path

import plot_pretraining
import pytest

from stcr_mmaction.apis.training_panels import LOSSES, list_panels

from ..test_apis.test_scalars import KEY, trained, validated, write_log


def test_only_figures_are_drawn_losses_first(tmp_path):
    figures = dict(rank_clean=3, loss_mine=1, loss=1, spread_clean=2, loss_temporal=1)
    write_log(tmp_path, [trained(1, 1, **figures, memory=9), validated(1, 0.5)])
    panels = list_panels(plot_pretraining.read_series(tmp_path))
    shown = [key for panel in panels for key in panel.keys.values()]
    features = ['spread_clean', 'spread_noise', 'rank_clean', 'rank_noise']
    assert shown == ['loss', 'loss_temporal', 'loss_mine', *features, KEY]


def test_a_loss_of_ones_own_has_a_panel():
    panels = list_panels(['loss', 'loss_mine', 'loss_temporal'])
    assert [panel.title for panel in panels][2:] == ['loss mine']
    # A single part is the loss itself.
    assert [p.title for p in list_panels(['loss', 'loss_mine'])] == [LOSSES['loss']]


def test_several_runs_share_panels_and_a_legend(tmp_path, saved_figures, capsys):
    write_log(tmp_path / 'a', [trained(1, 1, loss=1), trained(2, 1, loss=2)])
    write_log(tmp_path / 'b', [trained(1, 1, loss=3), validated(1, 0.5)])
    out = tmp_path / 'new' / 'curves.png'
    folders = [str(tmp_path / name) for name in 'ab']
    plot_pretraining.main([*folders, '--out', str(out), '--classes', '4'])
    assert out.read_bytes().startswith(b'\x89PNG')
    assert capsys.readouterr().out.strip() == str(out)
    (legend,) = saved_figures[-1].legends
    assert [text.get_text() for text in legend.get_texts()] == ['a', 'b']
    panels = {panel.get_title(): panel for panel in saved_figures[-1].axes}
    losses = panels[LOSSES['loss']].lines
    assert [list(line.get_ydata()) for line in losses] == [[1, 2], [3]]
    colors = [line.get_color() for line in losses]
    assert colors == [line.get_color() for line in legend.get_lines()]
    none, measured, guess = panels['validation, % right'].lines
    assert list(none.get_ydata()) == []
    assert list(measured.get_ydata()) == [50]
    assert list(guess.get_ydata()) == [25, 25]


@pytest.mark.parametrize('is_empty', [True, False])
def test_a_folder_without_a_log_is_named(tmp_path, is_empty):
    if is_empty:
        write_log(tmp_path, [])
    with pytest.raises(SystemExit, match=f'error: {tmp_path} has no .*scalars.json'):
        plot_pretraining.main([str(tmp_path), '--out', str(tmp_path / 'x.png')])
    assert not (tmp_path / 'x.png').exists()


@pytest.mark.parametrize(
    ('folders', 'names'),
    [
        (['/a/b/run'], ['run']),
        (['/a/x', '/a/y'], ['x', 'y']),
        (['/a/0/run', '/a/1/run'], ['0/run', '1/run']),
        (['/a/run', '/run'], ['a/run', '//run']),
    ],
)
def test_pictures_tell_runs_apart_without_the_whole_path(folders, names):
    assert plot_pretraining.short_names([Path(folder) for folder in folders]) == names


def test_a_run_that_is_given_twice(tmp_path):
    with pytest.raises(ValueError, match='is given twice'):
        plot_pretraining.short_names([tmp_path, tmp_path])
