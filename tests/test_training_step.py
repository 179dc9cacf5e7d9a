"""How much of the package a reader meets who follows one step of a training."""

import sys
from collections.abc import Callable
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

import stcr_mmaction

PACKAGE = Path(stcr_mmaction.__file__).parent
RECOMMENDED = 'configs/demo/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'
MOST_FILES = 32


def run_traced(function: Callable, files: set[str], *args: object) -> object:
    """Call a function, and note the files of the package that it runs through."""

    def note(frame: object, event: str, _: object) -> None:
        if event == 'call':
            files.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        return function(*args)
    finally:
        sys.setprofile(before)


def configure(make_video, folder):
    """Return the recommended training, of two videos and one step."""
    cfg = Config.fromfile(PACKAGE.parent / RECOMMENDED)
    names = [make_video(folder / f'{n}.mp4', seed=n).name for n in range(2)]
    (folder / 'train.txt').write_text(''.join(f'{name} 0\n' for name in names))
    loader = dict(batch_size=2, num_workers=0, persistent_workers=False)
    loader['dataset'] = dict(
        ann_file=str(folder / 'train.txt'), data_prefix=dict(video=str(folder))
    )
    cfg.merge_from_dict(dict(train_dataloader=loader, work_dir=str(folder / 'work')))
    cfg.train_cfg.update(max_epochs=1, val_interval=2)
    cfg.param_scheduler = None  # has a second epoch
    cfg.default_hooks.checkpoint.save_best = None
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    cfg.test_dataloader = cfg.test_evaluator = cfg.test_cfg = None
    return cfg


def test_a_training_step_runs_through_few_files(make_video, tmp_path, monkeypatch):
    """From a video file to new weights: one sample is loaded, one iteration made."""
    runner = Runner.from_cfg(configure(make_video, tmp_path))
    loop, files, steps = runner.train_loop, set(), []
    run_iter = loop.run_iter

    def run_iter_traced(*args: object) -> None:
        run_traced(run_iter, files, *args)
        steps.append(args)

    monkeypatch.setattr(loop, 'run_iter', run_iter_traced)
    runner.train()
    assert len(steps) == 1
    run_traced(loop.dataloader.dataset.__getitem__, files, 0)
    paths = (Path(file) for file in files)
    ours = [path.relative_to(PACKAGE) for path in paths if PACKAGE in path.parents]
    print(f'{len(ours)} files:', *sorted(map(str, ours)), sep='\n')
    assert 'models/recognizers/stcr.py' in map(str, ours)
    assert len(ours) <= MOST_FILES
