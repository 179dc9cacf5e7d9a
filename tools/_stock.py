"""Run a tool of MMAction2 with stcr_mmaction imported first."""

import runpy
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import mmaction
from mmengine.config import Config

import stcr_mmaction  # noqa: F401


def run_stock_tool(
    name: str, rewrite: Callable[[Config, Namespace], Config] | None = None
) -> None:
    """Run a script of MMAction2's own `tools/`, unchanged, with this command line.

    Beyond the stock script, the config may be named `mmaction::FOLDER/FILE.py` or
    `stcr_mmaction::FOLDER/FILE.py`, and a file that is missing is reported in one line
    before anything is built.

    Args:
        name (str): The script, as in `train.py`.
        rewrite (Callable, optional): Returns the config to use in place of the one that
            is named, given that one and the command line, which it may change. Defaults
            to None.
    """
    script = Path(mmaction.__file__).parent / '.mim' / 'tools' / name
    stock = runpy.run_path(str(script))
    args = stock['parse_args']()
    problem = _missing_file(args)
    if problem:
        sys.exit(f'{name}: error: {problem}')
    cfg = Config.fromfile(_path(args.config))
    try:
        cfg = cfg if rewrite is None else rewrite(cfg, args)
    except ValueError as error:
        sys.exit(f'{name}: error: {args.config}: {error}')
    names = stock['main'].__globals__  # the script would read both again
    names['parse_args'] = lambda: args
    names['Config'] = SimpleNamespace(fromfile=lambda _: cfg)
    stock['main']()


def _path(config: str) -> str:
    """Return the file of a config that is named by its package."""
    return Config._get_cfg_path(config, '')[0] if '::' in config else config


def _missing_file(args: Namespace) -> str:
    """Return which file of the command line is missing; empty if all are there."""
    try:
        path = _path(args.config)
    except (FileNotFoundError, ModuleNotFoundError) as error:
        return str(error)
    if not Path(path).is_file():
        return f'there is no config file {args.config!r}'
    checkpoint = getattr(args, 'checkpoint', None) or getattr(args, 'resume', None)
    if checkpoint in (None, 'auto') or '://' in checkpoint:
        return ''
    if not Path(checkpoint).expanduser().is_file():
        return f'there is no checkpoint file {checkpoint!r}'
    return ''
