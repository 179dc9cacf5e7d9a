"""Find configs of this package by name, from any folder."""

from pathlib import Path
from typing import Any

import mmaction
from mmengine.config import Config

_PREFIX = 'stcr_mmaction::'
_CONFIGS = Path(__file__).parents[1] / '.mim' / 'configs'
_FORMER_NAMES = {
    'hmdb51': 'take the config for UCF101, with DATASET=hmdb51 in the environment',
    'datasets/ucf101.py': 'it is _base_/datasets/recognition.py',
    'siamese.py': 'take _base_/datasets/pretraining.py; the recipe makes the paths',
    'sgd_50e.py': 'it is part of _base_/recipes/paper.py',
    'pretraining_runtime.py': 'take _base_/default_runtime.py and a recipe',
    '-10percent_': 'take the config without it, with labeled_fraction=0.1 and '
    'labeled_only=True in train_dataloader.dataset',
    '-linear_': 'take ..._stcr-contrast-ucf101-pre-linear_..., with another load_from',
    'stcr-contrast_': 'it is stcr/stcr-contrast_..._1xb64-16x4x1-200e_ucf101-rgb.py',
    'beyond_paper/': 'what is recommended is in stcr/; docs/recipes.md has the options',
    'pretext/': 'change the pretext_head of stcr/pretext/stcr-rotation_...',
}
"""Parts of old config names, and what replaced them."""
_STOCK_PREFIX = 'mmaction::'
_STOCK_CONFIGS = Path(mmaction.__file__).parent / '.mim' / 'configs'


def config_path(name: str) -> Path:
    """Return the file of a packaged config.

    Args:
        name (str): Such as `stcr_mmaction::stcr/x.py`, with or without the prefix.

    Returns:
        Path: The file, in the installed package or in the clone.

    Raises:
        FileNotFoundError: If the package has no such config; says what replaced a config
            of version 0.1.0.
    """
    name = name.removeprefix(_PREFIX)
    path = _CONFIGS / name
    if not path.is_file():
        what = find_new_name(name) or f'its configs are in {_CONFIGS.resolve()}'
        raise FileNotFoundError(f'stcr_mmaction has no config {name!r}; {what}')
    return path


def find_new_name(name: str) -> str:
    """Return what replaced a config with an old name; empty if nothing did."""
    return next((what for part, what in _FORMER_NAMES.items() if part in name), '')


def resolve_own_configs() -> None:
    """Accept `stcr_mmaction::FOLDER/FILE.py` in `_base_` and in `Config.fromfile`.

    Symptom: `mmengine does not support to load stcr_mmaction config`: mmengine knows only
    the names of OpenMMLab's packages. Adding ours to its table is not enough: the lookup
    misses editable installs, and mmengine would search modules of the base config in a
    registry scope `stcr_mmaction`, which does not exist (ours are in `mmaction`).
    Thread: none that we know of.
    Fix: such a name is read as the path of the packaged file. So is `mmaction::...`,
    which mmengine accepts only in `_base_` and looks up in lists of models. In these,
    mmaction2 1.2.0 misspells one: `c2d_r50-in1k-pre_8xb32-16x4x1-100e...` "does not
    exist".
    Replaces: `mmengine.config.config.Config._get_cfg_path` and
    `mmengine.config.config.Config.fromfile`.
    Can go: when mmengine lets packages register themselves.
    """
    stock_base, stock_fromfile = Config._get_cfg_path, Config.fromfile

    def get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        if cfg_path.startswith(_PREFIX):
            return str(config_path(cfg_path)), None
        stock = _STOCK_CONFIGS / cfg_path.removeprefix(_STOCK_PREFIX)
        if cfg_path.startswith(_STOCK_PREFIX) and stock.is_file():
            return str(stock), 'mmaction'
        return stock_base(cfg_path, filename)

    def fromfile(filename: str | Path, *args: Any, **kwargs: Any) -> Config:
        if str(filename).startswith((_PREFIX, _STOCK_PREFIX)):
            filename, _ = get_cfg_path(str(filename), '')
        return stock_fromfile(filename, *args, **kwargs)

    Config._get_cfg_path = staticmethod(get_cfg_path)
    Config.fromfile = staticmethod(fromfile)
