"""Every picture of the docs page is drawn from the checkpoints of a demo."""

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).parents[3]


def run(tool: str, *words: str) -> None:
    command = [sys.executable, '-m', f'tools.experiments.{tool}', *words]
    subprocess.run(command, cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_pictures_of_the_docs(tmp_path):
    demo, out = tmp_path / 'demo', tmp_path / 'figures'
    run('demo', '--quick', '--seeds', '0', '--work-dir', demo)
    run('figures', '--demo', demo, '--out', out)
    drawn = {path.name for path in out.glob('*.png')}
    page = (ROOT / 'docs' / 'pictures.md').read_text()
    kept = {path.name for path in (ROOT / 'docs' / 'figures').glob('*.png')}
    assert drawn == kept - {'real_clips.png'}  # of another page
    for name in drawn:
        assert f'(figures/{name})' in page
        assert cv2.imread(str(out / name)).std() > 1
