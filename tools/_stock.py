"""Run a tool of MMAction2 with stcr_mmaction imported first."""

import runpy
import sys
from argparse import Namespace
from pathlib import Path

import mmaction

from stcr_mmaction.compat.configs import config_path


def run_stock_tool(name: str) -> None:
    """Run a script of MMAction2's own `tools/`, unchanged, with this command line.

    Beyond the stock script, the config may be named `stcr_mmaction::FOLDER/FILE.py`,
    and a file that is missing is reported in one line before anything is built.

    Args:
        name (str): The script, as in `train.py`.
    """
    script = Path(mmaction.__file__).parent / '.mim' / 'tools' / name
    stock = runpy.run_path(str(script))
    problem = _missing_file(stock['parse_args']())
    if problem:
        sys.exit(f'{name}: error: {problem}')
    stock['main']()


def _missing_file(args: Namespace) -> str:
    """Return which file of the command line is missing; empty if all are there."""
    if '::' not in args.config and not Path(args.config).is_file():
        return f'there is no config file {args.config!r}'
    if args.config.startswith('stcr_mmaction::'):
        try:
            config_path(args.config)
        except FileNotFoundError as error:
            return str(error)
    checkpoint = getattr(args, 'checkpoint', None) or getattr(args, 'resume', None)
    if checkpoint in (None, 'auto') or '://' in checkpoint:
        return ''
    if not Path(checkpoint).expanduser().is_file():
        return f'there is no checkpoint file {checkpoint!r}'
    return ''
