"""The command line of every picture.

It is ``CONFIG CHECKPOINT [CONFIG CHECKPOINT ...]``, of any ``Recognizer3D``, of this
package or of MMAction2; the checkpoint ``none`` is an untrained network. ``FILE.png`` is
written, and ``FILE.json`` with the numbers behind it.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import DictAction

from stcr_mmaction.apis import NONE, Network, load_network


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that every picture takes."""
    add = parser.add_argument
    add(
        'networks',
        nargs='+',
        metavar='CONFIG CHECKPOINT',
        help=f'several pairs are compared; CHECKPOINT may be {NONE!r}',
    )
    add('--names', nargs='+', default=[], help='of the networks, for the picture')
    add('--out', type=Path, required=True, metavar='FILE.png', help='and FILE.json')
    add('--part', default='test', choices=['train', 'val', 'test'], help='of the data')
    add('--limit', type=int, help='number of videos; default: all')
    add('--seed', type=int, default=0, help='of all draws; default: 0')
    add(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='key=value, in every config',
    )


def load_networks(args: argparse.Namespace) -> list[Network]:
    """Load the networks that the command line names."""
    pairs = list(zip(args.networks[::2], args.networks[1::2], strict=False))
    if len(args.networks) % 2:
        raise SystemExit('give a CHECKPOINT, or none, for every CONFIG')
    if args.names and len(args.names) != len(pairs):
        raise SystemExit(f'--names has {len(args.names)} names of {len(pairs)} networks')
    if args.out.suffix != '.png':
        raise SystemExit(f'--out must end in .png, got {args.out}')
    torch.manual_seed(args.seed)  # of untrained networks
    names = args.names or [''] * len(pairs)
    networks = [
        load_network(*pair, name, args.cfg_options)
        for pair, name in zip(pairs, names, strict=True)
    ]
    names = [network.name for network in networks]
    if len(set(names)) < len(names):
        raise SystemExit(f'tell the networks apart by --names: they are {names}')
    return networks


def run(main: Callable[[], None]) -> None:
    """Run a tool; what is wrong with its networks or data ends it with one line."""
    try:
        main()
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(f'{Path(sys.argv[0]).name}: error: {error}') from error
