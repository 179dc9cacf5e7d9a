"""The config of a run in miniature."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...type_names import type_name

WRITTEN = 'out_file', 'out_file_path', 'out_dir', 'save_dir'
"""Keys by which configs name what is written outside the work directory."""
LOCAL = 'LocalVisBackend', 'TensorboardVisBackend'


def in_miniature(cfg: Config, folder: Path, name: str) -> Config:
    """Rewrite a config so that all it writes is in one folder.

    Args:
        cfg (Config): Of the whole run; not changed.
        folder (Path): The work directory of the miniature.
        name (str): Of this part of it; other parts have other names.

    Returns:
        Config: The new config. Of the visualizer's backends those are left that write
        files; the others would report the miniature to a server.
    """
    cfg = copy.deepcopy(cfg)
    cfg.pop('runner_type', None)
    # mmengine keeps loggers and visualizers by this name and the second: the folder, of
    # which there is no other, tells apart two rehearsals that begin in the same one.
    experiment = f'{folder.name}_{name}'
    cfg.update(work_dir=str(folder), resume=False, experiment_name=experiment)
    cfg.log_level = 'WARNING'
    for key in ('default_hooks', 'custom_hooks', 'val_evaluator', 'test_evaluator'):
        _redirect(cfg.get(key), folder)
    visualizer = cfg.get('visualizer') or {}
    backends = visualizer.get('vis_backends') or []
    if backends:
        visualizer['vis_backends'] = [b for b in backends if type_name(b) in LOCAL]
    for place in (visualizer, *visualizer.get('vis_backends', [])):
        place.pop('save_dir', None)  # theirs is in the work directory
    return cfg


def check_weights(cfg: Config) -> None:
    """Look for the file that training starts from.

    Args:
        cfg (Config): Of the run.

    Raises:
        FileNotFoundError: If ``load_from`` is not there; says how to go on without.
    """
    weights = cfg.get('load_from')
    if weights and '://' not in weights and not Path(weights).expanduser().is_file():
        raise FileNotFoundError(
            f'load_from={weights!r} is not there, and training starts from it; to '
            'rehearse before it is: --cfg-options load_from=None'
        )


def _redirect(part: Any, folder: Path) -> None:
    """Let what is written go into the folder, under its own file name."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in WRITTEN and isinstance(value, str):
                part[key] = str(folder / Path(value).name)
            _redirect(value, folder)
    elif isinstance(part, (list, tuple)):
        for one in part:
            _redirect(one, folder)
