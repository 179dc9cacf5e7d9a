"""The command line: its options are the functions', and what comes of errors."""

import inspect
import os
import subprocess
import sys
from argparse import _SubParsersAction
from pathlib import Path
from zipfile import BadZipFile

import pytest

import stcr_cli
from stcr_mmaction import apis
from stcr_mmaction.apis.commands.doctor import Diagnosis
from stcr_mmaction.apis.own_videos.export_formats import FORMATS
from stcr_mmaction.apis.own_videos.networks import BACKBONES, SIZES
from stcr_mmaction.datasets.checked_video_dataset import VideoError
from stcr_mmaction.engine.hooks.damaged_videos import DamagedVideosError
from stcr_mmaction.models.recognizers.recipe import RECIPES

ROOT = Path(__file__).parents[1]
COMMANDS = (
    *('pretrain', 'finetune', 'evaluate', 'predict', 'embed'),
    *('search', 'preview', 'export', 'doctor'),
)


@pytest.fixture(autouse=True)
def _in_a_folder_with_videos(tmp_path, monkeypatch):
    (tmp_path / 'videos').mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope='module')
def parsers():
    """Return the parser of each command, taken from where argparse makes them."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        add_parser = _SubParsersAction.add_parser

        def note(self, name, **kwargs):
            made[name] = add_parser(self, name, **kwargs)
            return made[name]

        patch.setattr(_SubParsersAction, 'add_parser', note)
        stcr_cli.parse_args(['doctor'])
    return made


def list_options(parser):
    return [action for action in parser._actions if action.dest != 'help']


def run(*words):
    command = [sys.executable, '-W', 'ignore', *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)


def fail(monkeypatch, command, error):
    def call(**kwargs):
        raise error

    monkeypatch.setattr(apis, command, call)


def test_help_is_there_at_once():
    heavy = 'torch', 'mmengine', 'mmaction', 'numpy', 'rich', 'stcr_mmaction'
    code = (
        'import atexit, sys, stcr_cli\n'
        f'atexit.register(lambda: print([m for m in {heavy} if m in sys.modules]))\n'
        "stcr_cli.main(['pretrain', '--help'])"
    )
    before = os.times()
    found = run('-c', code)
    after = os.times()
    assert sum(after[2:4]) - sum(before[2:4]) < 1  # seconds of the CPU
    assert found.returncode == 0 and found.stdout.splitlines()[-1] == '[]'
    assert found.stdout.startswith('usage: stcr pretrain')


def test_every_command_is_a_function(parsers):
    assert tuple(parsers) == COMMANDS
    assert all(inspect.isfunction(getattr(apis, name)) for name in COMMANDS)
    examples = [
        line.split()[1] for line in stcr_cli.EXAMPLES.splitlines() if '  ' in line
    ]
    assert examples == list(COMMANDS)


@pytest.mark.parametrize('command', COMMANDS)
def test_options_are_the_parameters(parsers, command):
    options = {action.dest: action for action in list_options(parsers[command])}
    parameters = inspect.signature(getattr(apis, command)).parameters
    assert list(options) == list(parameters)
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty:
            assert options[name].required
        elif not options[name].required:
            assert options[name].default == parameter.default


@pytest.mark.parametrize('command', COMMANDS)
def test_the_help_tells_every_option(parsers, command):
    assert all(action.help for action in list_options(parsers[command]))


@pytest.mark.parametrize(
    ('ours', 'of_the_package'),
    [
        (stcr_cli.BACKBONES, BACKBONES),
        (stcr_cli.RECIPES, RECIPES),
        (stcr_cli.SIZES, SIZES),
        (stcr_cli.FORMATS, FORMATS),
    ],
    ids=['backbones', 'recipes', 'sizes', 'formats'],
)
def test_choices_are_those_of_the_package(ours, of_the_package):
    assert sorted(ours) == sorted(of_the_package)


def test_choices_are_told_in_the_help(parsers):
    told = parsers['pretrain'].format_help() + parsers['export'].format_help()
    for choices in (stcr_cli.BACKBONES, stcr_cli.RECIPES, stcr_cli.SIZES):
        assert all(choice in told for choice in choices)
    assert all(choice in told for choice in stcr_cli.FORMATS)


@pytest.mark.parametrize('kind', [ValueError, OSError, ImportError, FloatingPointError])
def test_what_is_wrong_is_told_in_one_line(monkeypatch, capsys, kind):
    fail(monkeypatch, 'embed', kind('a.csv: no label:\n  give one'))
    assert stcr_cli.main(['embed', 'run', 'videos', '--out', 'x.npz']) == 2
    told = capsys.readouterr()
    assert told.err == 'stcr embed: error: a.csv: no label: give one\n' and not told.out


def test_of_a_loading_process_the_message_is_told_alone(monkeypatch, capsys):
    text = 'Caught VideoError in worker 0.\nTraceback: x\nVideoError: none can be loaded'
    fail(monkeypatch, 'embed', VideoError(text))
    assert stcr_cli.main(['embed', 'run', 'videos', '--out', 'x.npz']) == 2
    assert capsys.readouterr().err == 'stcr embed: error: none can be loaded\n'


@pytest.mark.parametrize(
    'error',
    [SyntaxError('in mine.py'), BadZipFile('a.npz'), DamagedVideosError('9 of 10')],
)
def test_bad_files_are_no_fault_of_ours(monkeypatch, capsys, error):
    fail(monkeypatch, 'embed', error)
    assert stcr_cli.main(['embed', 'run', 'videos', '--out', 'x.npz']) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_run_on_copies_goes_on_without_the_originals(monkeypatch, tmp_path, capsys):
    words = ['pretrain', 'gone', '--out', str(tmp_path)]
    monkeypatch.setattr(apis, 'pretrain', lambda **asked: asked['out'])
    assert stcr_cli.main(words) == 2
    assert 'there is no file or folder gone' in capsys.readouterr().err
    (tmp_path / 'run.json').touch()
    assert stcr_cli.main(words) == 0


@pytest.mark.parametrize(
    'words',
    [['pretrain', 'vidoes', '--out', 'run'], ['predict', 'run', 'videos', 'b.mp4']],
)
def test_a_misspelled_path_is_told_before_the_package_is_imported(
    monkeypatch, capsys, words
):
    monkeypatch.setattr(stcr_cli.importlib, 'import_module', None)
    assert stcr_cli.main(words) == 2
    wrong = 'vidoes' if 'vidoes' in words else 'b.mp4'
    assert f'there is no file or folder {wrong}:' in capsys.readouterr().err


def test_what_libraries_print_is_no_result(monkeypatch, capsys):
    monkeypatch.setattr(apis, 'export', lambda **_: print('Loads checkpoint') or 'a.onnx')
    assert stcr_cli.main(['export', 'run', '--to', 'onnx']) == 0
    assert capsys.readouterr().out == 'a.onnx\n'


def test_what_is_a_fault_of_ours_is_shown_whole(monkeypatch):
    fail(monkeypatch, 'embed', KeyError('x'))
    with pytest.raises(KeyError):
        stcr_cli.main(['embed', 'run', 'videos', '--out', 'x.npz'])


@pytest.mark.parametrize(
    ('command', 'again'), [('pretrain', 'resumes'), ('predict', 'starts again')]
)
def test_ctrl_c_says_what_the_same_command_does(monkeypatch, capsys, command, again):
    fail(monkeypatch, command, KeyboardInterrupt())
    words = {'pretrain': ['videos', '--out', 'run'], 'predict': ['run', 'videos']}
    assert stcr_cli.main([command, *words[command]]) == 130
    assert capsys.readouterr().err == f'stopped; the same command {again}\n'


@pytest.mark.parametrize(('problems', 'code'), [([], 0), (['no disk'], 1)])
def test_doctor_says_by_its_exit_status_what_stops(monkeypatch, capsys, problems, code):
    found = Diagnosis({}, {}, {}, [], None, problems)
    monkeypatch.setattr(apis, 'doctor', lambda videos: found)
    assert stcr_cli.main(['doctor']) == code
    assert all(problem in capsys.readouterr().out for problem in problems)


def test_the_package_is_the_command(tmp_path):
    found = run('-m', 'stcr_mmaction', 'finetune', str(tmp_path / 'none'))
    assert found.returncode == 2 and not found.stdout
    (line,) = found.stderr.splitlines()
    assert line.startswith('stcr finetune: error: ') and 'is no run of' in line
