"""Run a script of MMAction2 with this package imported first."""

import inspect
import runpy
import sys
from argparse import Namespace
from collections.abc import Callable
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from types import SimpleNamespace

import mmaction
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.runner._flexible_runner import FlexibleRunner

from ..compat.configs import find_new_name
from .missing_list import find_missing_list

KEYS_IN_EFFECT = (
    *inspect.signature(Runner).parameters,
    *inspect.signature(FlexibleRunner).parameters,
    *('activation_checkpointing', 'compile', 'custom_imports', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'runner_type', 'sync_bn'),
    *('tta_model', 'tta_pipeline'),
)
"""Keys of a config that mmengine's runners read."""


def run_stock_tool(
    name: str, rewrite: Callable[[Config, Namespace], Config] | None = None
) -> None:
    """Run an unchanged script of MMAction2's `tools/` with this command line.

    In addition, the config may be named `mmaction::FOLDER/FILE.py` or
    `stcr_mmaction::FOLDER/FILE.py`. Missing files and options without effect are reported
    in one line before anything is built.

    Args:
        name (str): Name of the script, such as `train.py`.
        rewrite (Callable, optional): Gets the config and the command line, which it may
            change, and returns the config to use. Defaults to None.
    """
    script = Path(mmaction.__file__).parent / '.mim' / 'tools' / name
    stock = runpy.run_path(str(script))
    args = stock['parse_args']()
    problem = _missing_file(args) or _unused_option(args)
    if problem:
        sys.exit(f'{name}: error: {problem}')
    cfg = Config.fromfile(_path(args.config))
    try:
        cfg = cfg if rewrite is None else rewrite(cfg, args)
    except ValueError as error:
        sys.exit(f'{name}: error: {args.config}: {error}')
    problem = _missing_list(name, cfg, args)
    if problem:
        sys.exit(f'{name}: error: {args.config}: {problem}')
    names = stock['main'].__globals__  # the script would read both again
    names['parse_args'] = lambda: args
    names['Config'] = SimpleNamespace(fromfile=lambda _: cfg)
    stock['main']()


def _path(config: str) -> str:
    """Return the file of a config that may be named by its package."""
    return Config._get_cfg_path(config, '')[0] if '::' in config else config


def _missing_file(args: Namespace) -> str:
    """Return a message about a missing file; empty if all files exist."""
    try:
        path = _path(args.config)
    except (FileNotFoundError, ModuleNotFoundError) as error:
        return str(error)
    if not Path(path).is_file():
        what = find_new_name(path) if 'stcr' in Path(path).parts else ''
        return f'there is no config file {args.config!r}' + (f'; {what}' if what else '')
    checkpoint = getattr(args, 'checkpoint', None) or getattr(args, 'resume', None)
    if checkpoint in (None, 'auto') or '://' in checkpoint:
        return ''
    if not Path(checkpoint).expanduser().is_file():
        return f'there is no checkpoint file {checkpoint!r}'
    return ''


def _missing_list(name: str, cfg: Config, args: Namespace) -> str:
    """Return a message about a missing annotation file; empty if all exist."""
    changed = deepcopy(cfg)
    changed.merge_from_dict(args.cfg_options or {})
    if name == 'test.py':
        return find_missing_list(changed, ['test'])
    validates = changed.get('val_cfg') is not None and not args.no_validate
    return find_missing_list(changed, ['train', 'val'] if validates else ['train'])


def _unused_option(args: Namespace) -> str:
    """Return a message about a key of `--cfg-options` that nothing reads, or ''."""
    for key in args.cfg_options or {}:
        name = key.split('.')[0]
        if name not in KEYS_IN_EFFECT:
            near = get_close_matches(name, KEYS_IN_EFFECT, n=1)
            return (
                f'--cfg-options {key} has no effect: nothing reads {name!r}'
                + (f'; did you mean {near[0]!r}?' if near else '')
                + ' (a config reads its own variables before --cfg-options)'
            )
    return ''
