"""Command line options shared by the tools in this folder."""

import argparse
from pathlib import Path


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the shared options to a command line."""
    add = parser.add_argument
    add('source', metavar='SOURCE.pth', type=Path, help='the checkpoint to read')
    add('target', metavar='TARGET.pth', type=Path, help='the file to write')
    add('--bare', action='store_true', help="keep the backbone's names, for pretrained=")
    add('--force', action='store_true', help='replace an existing TARGET.pth')


def check_target(target: Path, force: bool) -> None:
    """Raise an OSError, before any work, if the target cannot be written."""
    if target.exists() and not force:
        raise FileExistsError(f'{target} exists already; --force replaces it')
    if not target.parent.is_dir():
        raise FileNotFoundError(f'there is no folder {target.parent}')
