"""What the plot puts where, from logs as mmengine writes them."""

from pathlib import Path

import plot_pretraining
import pytest
from matplotlib import pyplot as plt

from ..test_apis.test_scalars import KEY, trained, validated, write_log


def test_only_figures_are_drawn_losses_first(tmp_path):
    figures = dict(rank_clean=3, loss=1, spread_clean=2, loss_temporal=1)
    write_log(tmp_path, [trained(1, 1, **figures, memory=9), validated(1, 0.5)])
    names = plot_pretraining.read_series(tmp_path)
    ordered = sorted(names, key=plot_pretraining.panel_order)
    assert ordered == ['loss', 'loss_temporal', 'rank_clean', 'spread_clean', KEY]


@pytest.fixture
def shown(monkeypatch):
    """Keep the figures that would be closed."""
    monkeypatch.setattr(plt, 'close', lambda figure: None)
    yield lambda: plt.figure(plt.get_fignums()[-1])
    monkeypatch.undo()
    plt.close('all')


def test_several_runs_share_panels_and_a_legend(tmp_path, shown, capsys):
    write_log(tmp_path / 'a', [trained(1, 1, loss=1), trained(2, 1, loss=2)])
    write_log(tmp_path / 'b', [trained(1, 1, loss=3), validated(1, 0.5)])
    out = tmp_path / 'new' / 'curves.png'
    folders = [str(tmp_path / name) for name in 'ab']
    plot_pretraining.main([*folders, '--out', str(out)])
    assert out.read_bytes().startswith(b'\x89PNG')
    assert capsys.readouterr().out.strip() == str(out)
    (legend,) = shown().legends
    assert [text.get_text() for text in legend.get_texts()] == ['a', 'b']
    panels = {panel.get_title(): panel for panel in shown().axes}
    assert [list(line.get_ydata()) for line in panels['loss'].lines] == [[1, 2], [3]]
    colours = [line.get_color() for line in panels['loss'].lines]
    assert colours == [line.get_color() for line in legend.get_lines()]
    assert list(panels[KEY].lines[1].get_ydata()) == [0.5]


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
