"""The config of a rehearsal."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...type_names import type_name

WRITTEN = 'out_file', 'out_file_path', 'out_dir', 'save_dir'
"""Config keys of files that are written outside the work directory."""
LOCAL = 'LocalVisBackend', 'TensorboardVisBackend'


def shrink_config(cfg: Config, folder: Path, name: str) -> Config:
    """Rewrite a config so that it writes only to one folder.

    Args:
        cfg (Config): Of the whole run; not changed.
        folder (Path): Work directory of the rehearsal.
        name (str): Name of this part of the rehearsal.

    Returns:
        Config: The new config. Only visualizer backends that write files are kept; others
        would report the rehearsal to a server.
    """
    cfg = copy.deepcopy(cfg)
    cfg.pop('runner_type', None)
    # mmengine caches loggers and visualizers by this name and the time in seconds. The
    # unique folder name separates two rehearsals that begin in the same second.
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
        place.pop('save_dir', None)  # the default is in the work directory
    return cfg


def check_weights(cfg: Config) -> None:
    """Check that the initial checkpoint exists.

    Args:
        cfg (Config): Config of the run.

    Raises:
        FileNotFoundError: If ``load_from`` does not exist; says how to rehearse without
            it.
    """
    weights = cfg.get('load_from')
    if weights and '://' not in weights and not Path(weights).expanduser().is_file():
        raise FileNotFoundError(
            f'load_from={weights!r} is not there, and training starts from it; to '
            'rehearse before it is: --cfg-options load_from=None'
        )


def _redirect(part: Any, folder: Path) -> None:
    """Redirect output files to the folder, under their own names."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in WRITTEN and isinstance(value, str):
                part[key] = str(folder / Path(value).name)
            _redirect(value, folder)
    elif isinstance(part, (list, tuple)):
        for one in part:
            _redirect(one, folder)
