"""docs/own_videos: the notebook runs, and so do the page's lines for scikit-learn."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import stcr_cli

DOCS = Path(__file__).parents[1] / 'docs'
PAGE = (DOCS / 'own_videos.md').read_text()
NOTEBOOK = json.loads((DOCS / 'own_videos.ipynb').read_text())
CODE = [cell for cell in NOTEBOOK['cells'] if cell['cell_type'] == 'code']


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_notebook_runs(capsys):
    names = {}
    for cell in CODE:
        exec(compile(''.join(cell['source']), cell['id'], 'exec'), names)
    assert Path('runs/mine/report.html').is_file() and Path('nearest.png').is_file()
    assert sum(names['prediction'].scores.values()) == pytest.approx(1, abs=1e-4)
    assert '95% interval' in capsys.readouterr().out


def test_the_notebook_has_ten_cells_of_code_and_no_outputs():
    assert len(CODE) == 10
    assert all(c['outputs'] == [] and c['execution_count'] is None for c in CODE)
    for cell in CODE:
        compile(''.join(cell['source']), cell['id'], 'exec')


def test_embeddings_are_read_by_scikit_learn(capsys):
    classes = np.arange(12) % 2
    paths = [f'/videos/{"ab"[c]}/{n}.mp4' for n, c in enumerate(classes)]
    np.savez('embeddings.npz', paths=paths, features=classes[:, None] + np.zeros((12, 4)))
    (code,) = re.findall(r'```python\n([^`]*sklearn[^`]*)```', PAGE)
    exec(code, {})
    assert float(capsys.readouterr().out) == 1


def test_commands_of_the_page_are_commands():
    blocks = re.findall(r'```shell\n(.*?)```', PAGE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [line for line in lines if line.startswith('stcr ')]
    assert len(commands) > 8
    for line in commands:
        stcr_cli.parse_args(line.partition('#')[0].split()[1:])
