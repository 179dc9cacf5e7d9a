import re
import runpy
import subprocess
import sys
from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from ..conftest import call_script, write_video
from ..test_engine.test_hooks.test_work_dir_lock import HOLD

TOOLS = Path(__file__).parents[2] / 'tools'
AUDIO = 'audio/resnet/tsn_r18_8xb320-64x1x1-100e_kinetics400-audio-feature.py'
TESTED = 'x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py'
# A config that knows nothing of this package.
STOCK = """
default_scope = 'mmaction'
model = dict(
    type='Recognizer3D',
    backbone=dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, lateral=False,
                  base_channels=4),
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=32, average_clips='prob'),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'))
train_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='VideoDataset', ann_file='videos.txt', pipeline=[
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=4, frame_interval=1, num_clips=1),
        dict(type='DecordDecode'),
        dict(type='RandomResizedCrop'),
        dict(type='Resize', scale=(32, 32), keep_ratio=False),
        dict(type='Flip', flip_ratio=0.5),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs')]))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
default_hooks = dict(logger=dict(type='LoggerHook', interval=1))
"""


@pytest.fixture
def call(monkeypatch):
    """Return the function that runs a tool and returns what it exits with."""

    def call(tool, *args):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        monkeypatch.setenv('LOCAL_RANK', '0')  # the stock tools set it
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(TOOLS / tool), run_name='__main__')
        return ended.value.code

    return call


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
@pytest.mark.parametrize(
    ('option', 'said'),
    [
        ('optim_wraper.optimizer.lr=1', "reads 'optim_wraper'; did you mean 'opt"),
        ('ufc101=here', "nothing reads 'ufc101' (a config reads"),
    ],
)
def test_an_option_without_effect_is_one_line(call, tmp_path, tool, option, said):
    config = tmp_path / 'config.py'
    config.write_text("ufc101 = 'there'")
    checkpoint = [config] if tool == 'test.py' else []
    words = call(tool, config, *checkpoint, '--cfg-options', option)
    assert words.startswith(f'{tool}: error: --cfg-options {option.split("=")[0]} has no')
    assert said in words


@pytest.mark.parametrize(
    ('tool', 'args', 'problem'),
    [
        ('train.py', ['no.py'], "there is no config file 'no.py'"),
        (
            'test.py',
            ['stcr/x_8xb8-16x1x1-45e_hmdb51-rgb.py', ''],
            '; take the config for',
        ),
        ('train.py', ['stcr_mmaction::no.py'], "stcr_mmaction has no config 'no.py'"),
        ('train.py', ['mmaction::c3d/no.py'], 'c3d/no.py'),
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


@pytest.mark.parametrize(
    ('tool', 'part'), [('train.py', 'train'), ('train.py', 'val'), ('test.py', 'test')]
)
def test_a_missing_list_is_one_line_that_names_the_options(call, tmp_path, tool, part):
    config, there = tmp_path / 'config.py', tmp_path / 'list.txt'
    there.touch()
    of = dict.fromkeys(('train', 'val', 'test'), there) | {part: tmp_path / 'no.txt'}
    config.write_text(
        'val_cfg = dict()\n'
        + ''.join(
            f"{name}_dataloader = dict(dataset=dict(type='VideoDataset', "
            f'ann_file={str(path)!r}))\n'
            for name, path in of.items()
        )
    )
    said = call(tool, config, *([there] if tool == 'test.py' else []))
    option = f'{part}_dataloader.dataset'
    assert said.startswith(f'{tool}: error: {config}: {option}.ann_file=')
    assert "no.txt' does not exist" in said and f'{option}.ann_file=LIST' in said


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_flags_are_those_of_the_stock_tool(call, capsys, tool):
    assert call(tool, '--help') == 0
    assert '--cfg-options' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('args', 'problem'),
    [
        ([f'mmaction::recognition_{AUDIO}', '--stcr'], 'spectrograms'),
        ([f'mmaction::recognition/{TESTED}', '--stcr'], 'for testing only'),
    ],
)
def test_what_cannot_be_switched_on_is_one_line(call, args, problem):
    said = call('train.py', *args)
    assert said.startswith(f'train.py: error: {args[0]}: ')
    assert problem in said
    assert '\n' not in said


@pytest.mark.parametrize(
    'args', [['--stcr-save', 'a.py'], ['--stcr', '--stcr-save', 'a']]
)
def test_there_is_nothing_to_save_without_the_switch_or_a_suffix(call, capsys, args):
    assert call('train.py', 'any.py', *args) == 2
    assert '--stcr-save takes a file' in capsys.readouterr().err


def test_the_switch_is_explained(call, capsys):
    call('train.py', '--help')
    told = capsys.readouterr().out
    assert '--stcr-save FILE.py' in told
    assert '--auto-scale-lr' in told


@pytest.mark.parametrize('place', ['config', 'flag', 'option', 'name'])
@pytest.mark.parametrize('interrupted', [False, True])
def test_one_command_starts_from_weights_and_goes_on(
    tmp_path, monkeypatch, place, interrupted
):
    monkeypatch.chdir(tmp_path)
    script = runpy.run_path(str(TOOLS / 'train.py'))
    folder = tmp_path / 'work_dirs' / 'my'
    if interrupted:
        folder.mkdir(parents=True)
        (folder / 'epoch_1.pth').touch()
        (folder / 'last_checkpoint').write_text('/where/it/was/epoch_1.pth')
    cfg = Config(dict(work_dir=str(folder)) if place == 'config' else {})
    options = {'load_from': 'pre.pth', 'seed': 1}
    args = Namespace(
        config='configs/my.py',
        resume='auto',
        work_dir=str(folder) if place == 'flag' else None,
        cfg_options=options | (dict(work_dir=str(folder)) if place == 'option' else {}),
    )
    script['start_or_resume'](cfg, args)
    found = Path(args.resume or tmp_path).absolute()
    assert found == (folder / 'epoch_1.pth' if interrupted else tmp_path)
    assert ('load_from' in args.cfg_options) == (not interrupted)
    assert args.cfg_options['seed'] == 1


def test_a_stock_config_trains_with_consistency(tmp_path):
    """The file stays, the difference is printed, and what was trained is saved."""
    stock = tmp_path / 'stock.py'
    stock.write_text(STOCK)
    for number in range(2):
        write_video(tmp_path / f'{number}.mp4', num_frames=8)
    (tmp_path / 'videos.txt').write_text('0.mp4 0\n1.mp4 1\n')
    words = ['stock.py', '--stcr', '--stcr-save', 'saved.py', '--cfg-options']
    options = ['model.consistency_head.pooling=max', 'randomness.seed=3']
    done = call_script(TOOLS / 'train.py', *words, *options, folder=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert stock.read_text() == STOCK
    assert 'SiamesePaths' in done.stdout
    assert 'loss_temporal: ' in done.stdout
    assert 'loss_cls: ' in done.stdout
    saved = Config.fromfile(tmp_path / 'saved.py')
    assert saved.model.type == 'STCR'
    assert saved.model.clip_shape == (4, 32, 32)
    assert saved.model.consistency_head.pooling == 'max'
    assert 'contrast' in saved.model.consistency_head.auxiliary_losses
    assert 'loss_contrast: ' in done.stdout
    assert '--stcr contrast: the recommended recipe' in done.stdout
    assert saved.randomness.seed == 3
    (checkpoint,) = (tmp_path / 'work_dirs' / 'stcr_stock').glob('*.pth')
    plain = torch.load(checkpoint, weights_only=True)  # of the hook that is put in
    assert 'train/loss' in plain['message_hub']['log_scalars']


MINE = """
_base_ = 'stcr_mmaction::_base_/recipes/paper.py'
custom_imports = dict(imports=['stcr_mmaction', 'my_steps'])
recipe = dict(noise=[dict(type='MyGradient')], what='my own')
"""


MY_STEPS = """
from mmaction.registry import TRANSFORMS
from stcr_mmaction.datasets import TemporalGradient
@TRANSFORMS.register_module(force=True)
class MyGradient(TemporalGradient):
    pass
"""


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """Go to a folder with a stock config, a recipe, and a module that it needs."""
    (tmp_path / 'my_steps.py').write_text(MY_STEPS)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'stock.py').write_text(STOCK)
    (tmp_path / 'mine.py').write_text(MINE)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ('arguments', 'path'),
    [
        (['stock.py', '--stcr'], 'RandomColorMatrix'),
        (['--stcr', 'stock.py'], 'RandomColorMatrix'),
        (['--stcr', 'paper', 'stock.py'], 'SpatioTemporalTransform'),
        (['stock.py', '--stcr=paper'], 'SpatioTemporalTransform'),
        (['stock.py', '--stcr=mine.py'], 'MyGradient'),
        (['--stcr=mine.py', 'stock.py'], 'MyGradient'),
    ],
)
def test_the_recipe_and_the_config_are_told_apart(
    in_folder, monkeypatch, arguments, path
):
    main = runpy.run_path(str(TOOLS / 'train.py'))['main']
    rewrites = []
    monkeypatch.setitem(
        main.__globals__, 'run_stock_tool', lambda _, rewrite: rewrites.append(rewrite)
    )
    monkeypatch.setattr(sys, 'argv', ['train.py', *arguments])
    main()
    assert sys.argv[1:] == ['stock.py']
    args = Namespace(config='stock.py', cfg_options=None, resume=None, work_dir=None)
    cfg = rewrites[0](Config.fromfile('stock.py'), args)
    paths = next(
        step
        for step in cfg.train_dataloader.dataset.pipeline
        if step.type == 'SiamesePaths'
    )
    assert path in [step.type for step in paths.noise]
    assert ('my_steps' in cfg.custom_imports.imports) == (path == 'MyGradient')


@pytest.mark.parametrize(
    'arguments',
    [
        ['stock.py', '--stcr', 'papr'],
        ['--stcr', 'no.py'],
        ['--stcr', 'mine.py', 'stock.py'],
    ],
)
def test_what_can_follow_the_switch_is_told(in_folder, call, capsys, arguments):
    assert call('train.py', *arguments) == 2
    said = capsys.readouterr().err
    assert '--stcr takes one of the recipes paper, contrast, or --stcr=FILE.py' in said


def test_a_recipe_that_there_is_not(in_folder, call):
    said = call('train.py', 'stock.py', '--stcr=papr')
    assert said.startswith("train.py: error: stock.py: there is no recipe 'papr'")


LOCKS = "default_hooks = dict(lock=dict(type='WorkDirLockHook'))"


@pytest.fixture
def training(tmp_path):
    """A folder in which another process trains, and what is there."""
    pytest.importorskip('fcntl')
    folder = tmp_path / 'busy'
    folder.mkdir()
    (folder / 'config.py').write_text('the first')
    command = [sys.executable, '-c', HOLD, str(folder / '.training.lock')]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b'held\n'
        yield folder
        process.kill()


def test_a_second_training_leaves_all_files_of_the_first(call, tmp_path, training):
    config = tmp_path / 'config.py'
    config.write_text(STOCK + LOCKS)
    before = {path: path.read_bytes() for path in training.iterdir()}
    said = call('train.py', config, '--work-dir', training)
    assert re.search(r'train.py: error: .*another training \(host elsewhere.*busy', said)
    assert {path: path.read_bytes() for path in training.iterdir()} == before


@pytest.mark.parametrize(
    ('options', 'refused'),
    [
        ({}, True),
        ({'default_hooks.lock': None}, False),
        ({'work_dir': 'free'}, False),
    ],
)
def test_only_a_training_that_would_lock_the_folder_is_refused(
    monkeypatch, training, options, refused
):
    monkeypatch.syspath_prepend(TOOLS)
    refuse = runpy.run_path(str(TOOLS / 'train.py'))['refuse_second_training']
    cfg = Config(dict(default_hooks=dict(lock=dict(type='WorkDirLockHook'))))
    args = Namespace(config='my.py', work_dir=str(training), cfg_options=options)
    with pytest.raises(ValueError, match='is running in') if refused else nullcontext():
        refuse(cfg, args)
    monkeypatch.setenv('RANK', '1')  # the first process may have the folder by now
    refuse(cfg, args)
