import runpy
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture
def call(monkeypatch):
    """Return the function that runs a tool and returns what it exits with."""

    def call(tool, *args):
        monkeypatch.syspath_prepend(TOOLS)
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        monkeypatch.setenv('LOCAL_RANK', '0')  # the stock tools set it
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(TOOLS / tool), run_name='__main__')
        return ended.value.code

    return call


@pytest.mark.parametrize(
    ('tool', 'args', 'problem'),
    [
        ('train.py', ['no.py'], "there is no config file 'no.py'"),
        ('train.py', ['stcr_mmaction::no.py'], "stcr_mmaction has no config 'no.py'"),
        ('train.py', ['{cfg}', '--resume', 'no.pth'], "no checkpoint file 'no.pth'"),
        ('test.py', ['{cfg}', 'no.pth'], "there is no checkpoint file 'no.pth'"),
    ],
)
def test_a_missing_file_is_one_line(call, tmp_path, tool, args, problem):
    config = tmp_path / 'empty.py'
    config.touch()
    said = call(tool, *(arg.format(cfg=config) for arg in args))
    assert said.startswith(f'{tool}: error: ')
    assert problem in said
    assert '\n' not in said


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_flags_are_those_of_the_stock_tool(call, capsys, tool):
    assert call(tool, '--help') == 0
    assert '--cfg-options' in capsys.readouterr().out
