"""Look up test videos among training videos by the features of a checkpoint.

    python tools/retrieval.py CONFIG CHECKPOINT --out retrieval.png [--protocol vcop]

CONFIG is a recognition config of this package or MMAction2, with training and test
videos; CHECKPOINT is any checkpoint with its backbone. The metrics are printed, and
written to ``retrieval.json`` with the neighbors of every query. The picture shows some of
them. It also takes the flags of MMAction2's ``test.py``, such as ``--launcher``.
"""

from __future__ import annotations

import math
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mmengine.config import Config
from mmengine.fileio import load

from stcr_mmaction.apis import (
    PROTOCOLS,
    read_class_names,
    read_labels,
    run_stock_tool,
    to_retrieval,
)
from stcr_mmaction.apis.pictures import COLORS, grid, save
from stcr_mmaction.videos import open_video

SHOWN = 3
"""Frames of a video."""


def main() -> None:
    """Take out the flags that the stock script does not have, run it, draw."""
    own, sys.argv[1:] = parse_args()
    numbers = own.out.with_suffix('.json')
    given, gallery = [], []

    def rewrite(cfg: Config, args: Namespace) -> Config:
        cfg.merge_from_dict(args.cfg_options or {})  # they may name the data
        args.cfg_options = None
        given.append(cfg)
        own.out.parent.mkdir(parents=True, exist_ok=True)
        name = Path(args.config.split('::')[-1]).stem
        cfg.work_dir = args.work_dir or f'./work_dirs/{name}/retrieval'
        changed = to_retrieval(cfg, own.protocol, own.topk, own.knn, str(numbers))
        gallery.append(changed.test_dataloader.dataset.datasets[1])
        return changed

    run_stock_tool('test.py', rewrite)
    if int(os.environ.get('RANK', os.environ.get('SLURM_PROCID', 0))) == 0:
        found = dict(load(str(numbers)), protocol=own.protocol)
        labels = read_labels(dict(gallery_dataloader=dict(dataset=gallery[0])), 'gallery')
        found['guess'] = {f'top{k}': guess(found['queries'], labels, k) for k in own.topk}
        names = read_class_names(*given, count_classes(found['queries']))
        save(draw(found, names, own), found, own.out)


def count_classes(queries: list[dict]) -> int:
    """Return how many names it takes for the labels of queries and neighbors."""
    return 1 + max(max(query['label'], *query['labels']) for query in queries)


def guess(queries: list[dict], gallery: list[int], k: int) -> float:
    """Return how often k videos drawn at random hold one of the query's class."""
    missed = [
        math.comb(len(gallery) - gallery.count(query['label']), k) for query in queries
    ]
    return 1 - np.mean(missed) / math.comb(len(gallery), k)


def draw(found: dict, names: list[str], args: Namespace) -> Figure:
    """Draw a row a query: some of its frames, then those of the nearest videos."""
    queries = found['queries']
    chosen = np.random.default_rng(args.seed).permutation(len(queries))[: args.rows]
    columns = 1 + min(args.neighbors, len(queries[0]['neighbors']))
    figure, panels = grid(len(chosen), columns, 0.85 * len(chosen) + 0.7)
    figure.suptitle(describe(found, args.topk), fontsize=11)
    for row, number in zip(panels, sorted(chosen), strict=True):
        query = queries[number]
        row[0].imshow(some_frames(query['video']))
        row[0].set_title(f'query: {names[query["label"]]}', fontsize=9)
        for rank, panel in enumerate(row[1:]):
            draw_neighbor(panel, query, rank, names)
    for panel in panels.flat:
        panel.set_xticks([])
        panel.set_yticks([])
    return figure


def describe(found: dict, topk: list[int]) -> str:
    """Put the figures in words."""
    shares = [
        f'top-{k} {found[f"top{k}"]:.1%} ({found["guess"][f"top{k}"]:.1%})' for k in topk
    ]
    first = f'{len(found["queries"])} queries among {found["gallery"]} videos'
    return f'{first}; in brackets a guess\n{", ".join(shares)}'


def draw_neighbor(panel: Axes, query: dict, rank: int, names: list[str]) -> None:
    """Draw a video that was found, and whether it has the query's class."""
    right = query['labels'][rank] == query['label']
    mark, color = ('=', COLORS[0]) if right else ('≠', COLORS[5])
    panel.imshow(some_frames(query['neighbors'][rank]))
    name = names[query['labels'][rank]]
    title = f'{mark} {name}, {query["similarities"][rank]:.2f}'
    panel.set_title(title, fontsize=9, color=color)
    panel.spines[:].set(visible=True, color=color, linewidth=3)


def some_frames(video: str) -> np.ndarray:
    """Return some frames of a video side by side, (H, 3 W, 3)."""
    reader = open_video(video)
    places = (np.arange(SHOWN) + 0.5) / SHOWN * len(reader)
    frames = reader.get_batch(places.astype(int)).asnumpy()
    gap = max(1, frames.shape[2] // 30)
    apart = np.pad(frames, ((0, 0), (0, 0), (0, gap), (0, 0)), constant_values=255)
    return np.concatenate(list(apart), axis=1)[:, :-gap]


def parse_args() -> tuple[Namespace, list[str]]:
    """Return the own flags, and those of the stock script."""
    parser = ArgumentParser('retrieval.py', add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add('--out', type=Path, required=True, metavar='FILE.png', help='and FILE.json')
    add(
        '--protocol',
        default='vcop',
        choices=list(PROTOCOLS),
        help='whose figures these are to be compared with; default: vcop',
    )
    add('--topk', type=int, nargs='+', default=[1, 5, 10, 20, 50])
    add('--knn', type=int, help='neighbors that vote for a class; default: no vote')
    add('--rows', type=int, default=5, help='queries in the picture; default: 5')
    add('--neighbors', type=int, default=3, help='of a query, shown; default: 3')
    add('--seed', type=int, default=0, help='of the choice of rows; default: 0')
    if {'-h', '--help'} & set(sys.argv):
        print(__doc__, parser.format_help(), '\nThe stock script:', sep='\n')
        return parser.parse_known_args(['--out', 'FILE.png', *sys.argv[1:]])
    own, stock = parser.parse_known_args()
    if own.out.suffix != '.png':
        parser.error(f'--out must end in .png, got {own.out}')
    return own, stock


if __name__ == '__main__':
    main()
