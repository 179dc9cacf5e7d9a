"""What the command lines of the tools here have in common."""

import argparse
from pathlib import Path


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add what the tools here have in common to a command line."""
    add = parser.add_argument
    add('source', metavar='SOURCE.pth', type=Path, help='the checkpoint to read')
    add('target', metavar='TARGET.pth', type=Path, help='the file to write')
    add('--bare', action='store_true', help='names for pretrained=, not for load_from')
    add('--force', action='store_true', help='replace TARGET.pth if it is there')


def check_target(target: Path, force: bool) -> None:
    """Raise an OSError, before any work, if the target cannot be written."""
    if target.exists() and not force:
        raise FileExistsError(f'{target} is there already; --force replaces it')
    if not target.parent.is_dir():
        raise FileNotFoundError(f'there is no folder {target.parent}')
