"""Look up test videos among the training videos, by any checkpoint's features.

    python tools/retrieval.py CONFIG CHECKPOINT --out retrieval.png [--protocol vcop]

CONFIG is of a recognition that is trained and tested on the videos, of this package or of
MMAction2; CHECKPOINT is any of its backbone. The figures are printed and written to
``retrieval.json`` with the neighbours of every query; the picture shows some of them.
Beyond these flags it takes those of MMAction2's ``test.py``, ``--launcher`` among them.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.fileio import load

from stcr_mmaction.apis import (
    PROTOCOLS,
    read_class_names,
    run_stock_tool,
    to_retrieval,
)
from stcr_mmaction.apis.pictures import COLOURS, WIDTH, grid, plt, save
from stcr_mmaction.videos import open_video


def main() -> None:
    """Take out the flags that the stock script does not have, run it, draw."""
    own, sys.argv[1:] = parse_args()
    numbers = own.out.with_suffix('.json')
    given = []

    def rewrite(cfg: Config, args: Namespace) -> Config:
        cfg.merge_from_dict(args.cfg_options or {})  # they may name the data
        args.cfg_options = None
        given.append(cfg)
        own.out.parent.mkdir(parents=True, exist_ok=True)
        name = Path(args.config.split('::')[-1]).stem
        cfg.work_dir = args.work_dir or f'./work_dirs/{name}/retrieval'
        return to_retrieval(cfg, own.protocol, own.topk, own.knn, str(numbers))

    run_stock_tool('test.py', rewrite)
    if int(os.environ.get('RANK', os.environ.get('SLURM_PROCID', 0))) == 0:
        found = dict(load(str(numbers)), protocol=own.protocol)
        names = read_class_names(*given, count_classes(found['queries']))
        save(draw(found, names, own), found, own.out)


def count_classes(queries: list[dict]) -> int:
    """Return how many names it takes for the labels of queries and neighbours."""
    return 1 + max(max(query['label'], *query['labels']) for query in queries)


def draw(found: dict, names: list[str], args: Namespace) -> plt.Figure:
    """Draw a row a query: its middle frame, then those of the nearest videos."""
    queries = found['queries']
    chosen = np.random.default_rng(args.seed).permutation(len(queries))[: args.rows]
    columns = 1 + min(args.neighbours, len(queries[0]['neighbours']))
    height = WIDTH / columns * len(chosen) + 0.7
    figure, panels = grid(len(chosen), columns, height)
    shares = ', '.join(f'top-{k} {100 * found[f"top{k}"]:.1f}%' for k in args.topk)
    figure.suptitle(f'{len(queries)} queries among {found["gallery"]}: {shares}')
    for row, number in zip(panels, sorted(chosen), strict=True):
        query = queries[number]
        row[0].imshow(middle_frame(query['video']))
        row[0].set_title(f'query: {names[query["label"]]}', fontsize=9)
        for rank, panel in enumerate(row[1:]):
            right = query['labels'][rank] == query['label']
            panel.imshow(middle_frame(query['neighbours'][rank]))
            mark, colour = ('=', COLOURS[0]) if right else ('≠', COLOURS[5])
            panel.set_title(
                f'{mark} {names[query["labels"][rank]]}, '
                f'{query["similarities"][rank]:.2f}',
                fontsize=9,
                color=colour,
            )
            panel.spines[:].set(color=colour, linewidth=3)
    for panel in panels.flat:
        panel.set_xticks([])
        panel.set_yticks([])
    return figure


def middle_frame(video: str) -> np.ndarray:
    """Return the frame (H, W, 3) in the middle of a video."""
    reader = open_video(video)
    return reader[len(reader) // 2].asnumpy()


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
    add('--knn', type=int, help='neighbours that vote for a class; default: no vote')
    add('--rows', type=int, default=5, help='queries in the picture; default: 5')
    add('--neighbours', type=int, default=5, help='of a query, shown; default: 5')
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
