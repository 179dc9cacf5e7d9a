"""Trained networks, as every picture takes them.

The command line of a picture is ``CONFIG CHECKPOINT [CONFIG CHECKPOINT ...]``, of any
``Recognizer3D``, of this package or of MMAction2; the checkpoint ``none`` is an untrained
network. ``FILE.png`` is written, and ``FILE.json`` with the numbers behind it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor, nn

import stcr_mmaction  # noqa: F401
from stcr_mmaction.functional import pool_features
from stcr_mmaction.functional.matching import match_tensors, of_part
from stcr_mmaction.models.recognizers.tap import choose_tap
from stcr_mmaction.models.recognizers.video_features import extract_maps

NONE = 'none'


@dataclass(frozen=True)
class Network:
    """A recognizer, ready to be looked into.

    Attributes:
        name (str): Shown in pictures.
        config (Config): Whose data it is shown.
        model (nn.Module): In evaluation mode.
    """

    name: str
    config: Config
    model: nn.Module

    @torch.no_grad()
    def maps(self, clips: Tensor) -> Tensor:
        """Return the maps (N, C', T', H', W') that consistency looks at.

        Args:
            clips (Tensor): (N, C, T, H, W), as the data preprocessor gives them.
        """
        backbone = self.model.backbone
        tap = choose_tap(backbone, getattr(self.model, 'tap', None))
        maps = extract_maps(backbone, tap, clips)
        if maps.ndim != 5:
            raise SystemExit(
                f'{self.name}: the backbone gives {tuple(maps.shape)}, not maps '
                "(N, C', T', H', W'); set model.tap to a layer that does"
            )
        return maps

    def features(self, clips: Tensor) -> Tensor:
        """Return the mean of the maps over time and space, (N, C')."""
        return pool_features(self.maps(clips))

    @torch.no_grad()
    def scores(self, clips: Tensor) -> Tensor:
        """Return the classifier's scores of each clip, (N, classes), before softmax."""
        if getattr(self.model, 'cls_head', None) is None:
            raise SystemExit(f'{self.name} has no classifier (cls_head)')
        return self.model.extract_feat(clips[:, None], stage='head')[0]

    def preprocess(self, batch: dict) -> tuple[Tensor, list]:
        """Return the clips of a batch, (N, V, C, T, H, W), and its data samples."""
        data = self.model.data_preprocessor(batch, training=False)
        inputs = data['inputs']
        if inputs.ndim != 6:
            raise SystemExit(f'{self.name}: clips of {tuple(inputs.shape)} are no videos')
        return inputs, data['data_samples']


def load_network(
    config: str, checkpoint: str, name: str = '', options: dict | None = None
) -> Network:
    """Build a config's network and load its weights.

    Args:
        config (str): File, or ``mmaction::recognition/...``.
        checkpoint (str): File, or ``none``.
        name (str): Defaults to ``''``: the name of the checkpoint's folder, or
            ``untrained``.
        options (dict, optional): Overrides of the config. Defaults to None.

    Returns:
        Network: The network.

    Raises:
        SystemExit: If a file is missing, or the tensors of the backbone are not those of
            the checkpoint; says which.
    """
    try:
        cfg = Config.fromfile(config)
    except FileNotFoundError as error:
        raise SystemExit(f'there is no file {config!r}: {error}') from None
    if checkpoint != NONE and not Path(checkpoint).is_file():
        raise SystemExit(f'there is no file {checkpoint!r}')
    cfg.merge_from_dict(options or {})
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model)
    if checkpoint != NONE:
        weights = load_checkpoint(model, checkpoint, map_location='cpu')
        _check(model, weights.get('state_dict', weights), config, checkpoint)
        name = name or Path(checkpoint).resolve().parent.name
    return Network(name or 'untrained', cfg, model.to(get_device()).eval())


def _check(model: nn.Module, weights: dict, config: str, checkpoint: str) -> None:
    match = match_tensors(
        of_part(model.state_dict(), 'backbone'), of_part(weights, 'backbone')
    )
    if match.share < 1:
        raise SystemExit(
            f'{checkpoint} is not of the backbone of {config}: {match}\n'
            f'{match.examples()}'
        )


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
    add('--seed', type=int, default=0, help='of the choice of videos; default: 0')
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
    names = args.names or [''] * len(pairs)
    networks = [
        load_network(*pair, name, args.cfg_options)
        for pair, name in zip(pairs, names, strict=True)
    ]
    names = [network.name for network in networks]
    if len(set(names)) < len(names):
        raise SystemExit(f'tell the networks apart by --names: they are {names}')
    return networks
