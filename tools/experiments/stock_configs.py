"""Switch consistency on in every Recognizer3D config of MMAction2, in two ways.

    python -m tools.experiments.stock_configs [--only NAME] [--out FILE]

One way is a child config, the other is `tools/train.py --stcr`. Each config makes one
training step in each way, on two rendered videos, with its own pipeline and data
preprocessor, but smaller frames. Equal models are trained once.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mmaction
from mmengine.config import Config
from mmengine.registry import init_default_scope

from stcr_mmaction.apis.switch_on import complete_training, switch_on
from stcr_mmaction.models.recognizers.recipe import RECOMMENDED, read_recipe
from stcr_mmaction.models.recognizers.tap import DEFAULT_TAPS

from .stock_steps import PASSED, SIMPLIFICATIONS, Steps, describe

DATA = {
    'train_dataloader.dataset.ann_file': 'list.txt',
    'train_dataloader.dataset.data_prefix.video': 'videos',
}
PAGE = Path(__file__).with_name('stock_configs_page.md')
NOT_RUN = 'not run'


class Row(NamedTuple):
    """The results of one config."""

    name: str
    backbone: str
    tap: str
    clip: tuple[int, ...]
    map: tuple[int, ...]
    parameters: int
    lines: int
    tested_only: bool
    child: str
    flag: str

    def __str__(self) -> str:
        mark = ' †' if self.tested_only else ''
        return (
            f'| {self.name}{mark} | {self.backbone} | `{self.tap}` | '
            f'{"×".join(map(str, self.clip))} | {"×".join(map(str, self.map))} | '
            f'{self.parameters / 1e6:.1f} M | {self.lines} | {self.child} | {self.flag} |'
        )


def find_stock_configs() -> Iterator[str]:
    """Yield the configs of Recognizer3D models, as `FOLDER/FILE.py`."""
    root = Path(Config._get_cfg_path('mmaction::_base_/default_runtime.py', '')[0])
    root = root.parents[1] / 'recognition'
    for path in sorted(root.rglob('*.py')):
        if Config.fromfile(path).get('model', {}).get('type') == 'Recognizer3D':
            yield path.relative_to(root).as_posix()


def read_stock(name: str) -> tuple[Config, bool]:
    """Read a config, and add data if it is test-only; also return whether it is."""
    path = Config._get_cfg_path(f'mmaction::recognition/{name}', '')[0]
    cfg = Config.fromfile(path)
    tested_only = cfg.get('train_dataloader') is None
    if tested_only:
        cfg.merge_from_dict(DATA)
    return cfg, tested_only


def write_child(name: str, clip: tuple[int, ...]) -> str:
    """Return a child config that switches consistency on."""
    return (
        f"_base_ = 'mmaction::recognition/{name}'\n\n"
        "custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)\n"
        f"model = dict(type='STCR', clip_shape={clip}, recipe='{RECOMMENDED}')\n"
    )


def count_lines(child: str) -> int:
    """Count the lines of a child config that change something."""
    lines = [line for line in child.splitlines() if line]
    return sum(not line.startswith('_base_') for line in lines)


def examine(name: str, folder: Path, steps: Steps | None) -> Row:
    """Switch one config on in both ways, and train each for one step."""
    stock, tested_only = read_stock(name)
    switched = switch_on(stock)
    clip = tuple(switched.model.clip_shape)
    text = write_child(name, clip)
    file = folder / 'child.py'
    file.write_text(text)
    child = Config.fromfile(file)
    if tested_only:
        child.merge_from_dict(DATA)
        complete_training(child, read_recipe(RECOMMENDED))
    tap, maps, parameters = describe(switched.model)
    return Row(
        name=name,
        backbone=switched.model.backbone.type,
        tap=tap,
        clip=clip,
        map=maps,
        parameters=parameters,
        lines=count_lines(text),
        tested_only=tested_only,
        child=steps.take(child) if steps else NOT_RUN,
        flag=steps.take(switched) if steps else NOT_RUN,
    )


def write_page(rows: list[Row]) -> str:
    """Write the page of the docs."""
    example = next((row for row in rows if 'r2plus1d' in row.name), rows[0])
    page = PAGE.read_text().format(
        version=mmaction.__version__,
        count=len(rows),
        passed_child=sum(row.child == PASSED for row in rows),
        passed_flag=sum(row.flag == PASSED for row in rows),
        child=write_child(example.name, example.clip),
        taps=''.join(f'| {k} | `{v[0]}` | {v[1]} |\n' for k, v in DEFAULT_TAPS.items()),
        small=SIMPLIFICATIONS,
    )
    return page + ''.join(f'{row}\n' for row in rows)


def main() -> None:
    """Examine all configs, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', default='', help='configs whose name has this in it')
    parser.add_argument('--out', type=Path, default=Path('docs/stock_configs.md'))
    args = parser.parse_args()
    init_default_scope('mmaction')
    names = [name for name in find_stock_configs() if args.only in name]
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(Path(folder))
        rows = []
        for name in names:
            rows.append(examine(name, Path(folder), steps))
            print(rows[-1], flush=True)
    args.out.write_text(write_page(rows))


if __name__ == '__main__':
    main()
