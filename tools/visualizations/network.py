"""A trained network and videos for it, for every picture.

The command line of a picture is ``CONFIG CHECKPOINT [CONFIG CHECKPOINT ...]``, of any
``Recognizer3D``, of this package or of MMAction2; the checkpoint ``none`` is an untrained
network. ``FILE.png`` is written, and ``FILE.json`` with the numbers behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import Subset

import stcr_mmaction  # noqa: F401
from stcr_mmaction.functional.matching import match_tensors, of_part
from stcr_mmaction.models.recognizers.tap import (
    choose_tap,
    find_layer,
    is_output,
    listen,
    read_maps,
)

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

NONE = 'none'
WIDTH = 9.0  # inches, at 100 dots each that of a README
COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#000000')
"""Told apart by everyone (Okabe and Ito)."""


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
        with listen(find_layer(backbone, tap)) as heard:
            output = backbone(clips)
        heard = [output] if is_output(tap) else heard
        maps = read_maps(heard, backbone, tap, clips.shape)
        if maps.ndim != 5:
            raise SystemExit(
                f'{self.name}: the backbone gives {tuple(maps.shape)}, not maps '
                "(N, C', T', H', W'); set model.tap to a layer that does"
            )
        return maps

    def features(self, clips: Tensor) -> Tensor:
        """Return the mean of the maps over time and space, (N, C')."""
        return self.maps(clips).mean(dim=(2, 3, 4))

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
    path = Config._get_cfg_path(config, '')[0] if '::' in config else config
    for file in [path] + [checkpoint] * (checkpoint != NONE):
        if not Path(file).is_file():
            raise SystemExit(f'there is no file {file!r}')
    cfg = Config.fromfile(path)
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


@dataclass(frozen=True)
class Clips:
    """Clips of videos, before they are normalized.

    Attributes:
        batch (dict): For :meth:`Network.preprocess`.
        frames (Tensor): (N, V, C, T, H, W), grey levels.
        labels (list[int]): Of the N videos.
    """

    batch: dict
    frames: Tensor
    labels: list[int]


def read_clips(
    config: Config,
    part: str = 'test',
    limit: int | None = None,
    classes: Sequence[int] | None = None,
    seed: int = 0,
    title: str = '',
) -> Iterator[Clips]:
    """Load the videos of a part of a config's data, each with its views.

    Args:
        config (Config): The config.
        part (str): ``'train'``, ``'val'`` or ``'test'``. Defaults to 'test'.
        limit (int, optional): Videos, drawn at random. Defaults to None: all.
        classes (Sequence[int], optional): Labels of these videos. Defaults to None.
        seed (int): Of the draw. Defaults to 0.
        title (str): Of the progress bar. Defaults to '': none is shown.

    Yields:
        Clips: Some videos at a time.

    Raises:
        SystemExit: If the config has no such part, or no video of the classes.
    """
    loader = config.get(f'{part}_dataloader')
    if loader is None:
        raise SystemExit(f'the config has no {part}_dataloader: choose another --part')
    dataset = DATASETS.build(loader['dataset'])
    chosen = _choose(dataset, limit, classes, seed)
    loader = dict(
        batch_size=min(loader.get('batch_size', 1), 8),
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=Subset(dataset, chosen),
    )
    batches = Runner.build_dataloader(loader)
    for batch in track(batches, title, disable=not title):
        labels = [sample.gt_label.item() for sample in batch['data_samples']]
        yield Clips(batch, torch.stack(batch['inputs']), labels)


def _choose(
    dataset: Any, limit: int | None, classes: Sequence[int] | None, seed: int
) -> list[int]:
    wanted = [
        index
        for index in range(len(dataset))
        if classes is None or dataset.get_data_info(index)['label'] in classes
    ]
    if not wanted:
        raise SystemExit(f'no video has one of the labels {classes}')
    if limit is not None and limit < len(wanted):
        wanted = np.random.default_rng(seed).choice(wanted, limit, replace=False)
    return sorted(map(int, wanted))


def read_class_names(config: Config, count: int) -> list[str]:
    """Return the names in the ``label_map.txt`` beside the annotations, or numbers."""
    dataset = config.test_dataloader.dataset
    file = Path(dataset.get('dataset', dataset).ann_file).with_name('label_map.txt')
    names = file.read_text().split('\n') if file.is_file() else []
    return names[:count] if len(names) >= count else [str(n) for n in range(count)]


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
    return [
        load_network(*pair, name, args.cfg_options)
        for pair, name in zip(pairs, names, strict=True)
    ]


def save(figure: plt.Figure, numbers: dict, out: Path) -> None:
    """Write the picture and, beside it, the numbers."""
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    plt.close(figure)
    beside = out.with_suffix('.json')
    beside.write_text(json.dumps(numbers, indent=1) + '\n')
    print(f'{out}\n{beside}', file=sys.stderr)
