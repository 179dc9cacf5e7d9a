"""List the configs for mim and MMAction2's model list: configs/*/metafile.yml.

    python -m tools.experiments.write_metafile

Run it after adding a config or result files. What a config says comes from the config;
what is measured at full size (``Results``, ``Weights``, ``Training Log``) is kept as it
stands in ``configs/stcr/metafile.yml``. What is measured on a small scale comes from the
files in ``docs/results``, and is written to ``configs/demo/metafile.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

import stcr_mmaction  # noqa: F401  registers the modules

from . import ROOT
from .measured_models import list_models

METAFILE = ROOT / 'configs/stcr/metafile.yml'
SMALL = ROOT / 'configs/demo/metafile.yml'
MEASURED = ('Results', 'Weights', 'Training Log')
DATASETS = dict(ucf101='UCF101', hmdb51='HMDB51', kinetics400='Kinetics-400')
COLLECTION = dict(
    Name='STCR',
    Paper=dict(
        URL='https://arxiv.org/abs/2008.02086',
        Title=(
            'Self-supervised learning using consistency regularization of '
            'spatio-temporal data augmentation for action recognition'
        ),
        Year=2020,
    ),
)


def main() -> None:
    """Write the files."""
    init_default_scope('mmaction')
    print(f'{METAFILE.relative_to(ROOT)}: {write(METAFILE, {})} models')
    SMALL.write_text(yaml.safe_dump(small(), sort_keys=False, width=90))


def small() -> dict:
    """Return what is measured on a small scale."""
    return dict(Models=list_models())


def write(metafile: Path, measured: Mapping[str, Mapping]) -> int:
    """Write the file.

    Args:
        metafile (Path): The file, in the folder of the configs.
        measured (Mapping): New measurements by config name, which replace those in the
            file.

    Returns:
        int: How many configs are listed.

    Raises:
        ValueError: If a measured config does not exist.
    """
    paths = sorted(metafile.parent.rglob('*_*.py'))
    unknown = sorted(set(measured) - {path.stem for path in paths})
    if unknown:
        raise ValueError(f'{metafile} is for the configs beside it, not for {unknown}')
    listed = read(metafile)
    for name, given in measured.items():
        listed[name] = {**listed.get(name, {}), **given}
    metafile.write_text(dump(paths, listed))
    return len(paths)


def read(metafile: Path) -> dict[str, dict]:
    """Return the models in the file, by name."""
    if not metafile.is_file():
        return {}
    return {
        model['Name']: model for model in yaml.safe_load(metafile.read_text())['Models']
    }


def dump(paths: list[Path], listed: dict[str, dict]) -> str:
    """Return the text of the file, with existing measurements."""
    models = []
    for path in paths:
        known = listed.get(path.stem, {})
        models.append(describe(path) | {k: known[k] for k in MEASURED if k in known})
    content = dict(Collections=[COLLECTION], Models=models)
    return yaml.safe_dump(content, sort_keys=False, width=90)


def describe(path: Path) -> dict:
    """Return the entry of a config."""
    cfg = Config.fromfile(path)
    gpus = re.search(r'_(\d+)xb', path.stem)[1]
    metadata = {
        'Architecture': architecture(cfg.model.backbone),
        'Batch Size': cfg.train_dataloader.batch_size,
        'Epochs': cfg.train_cfg.max_epochs,
        'Parameters': parameters(cfg.model),
        'Resolution': resolution(cfg),
        'Training Data': DATASETS[dataset_of(path)],
        'Training Resources': f'{gpus} GPU' + 's' * (gpus != '1'),
    }
    if 'pretraining' in cfg:
        metadata['Pretrained'] = cfg.pretraining
    return {
        'Name': path.stem,
        'Config': path.relative_to(ROOT).as_posix(),
        'In Collection': COLLECTION['Name'],
        'Metadata': metadata,
        'Modality': 'RGB',
    }


def dataset_of(path: Path) -> str:
    """Return the data set in the name of a config."""
    return re.search(r'_([a-z0-9]+)-rgb', path.stem)[1]


def architecture(backbone: dict) -> str:
    """Return the type of a backbone, and its depth if it has one."""
    depth = backbone.get('depth')
    return backbone['type'] + (f'-{depth}' if depth else '')


def parameters(model: dict) -> str:
    """Return the number of parameters, including heads, such as '27.7M'."""
    with torch.device('meta'):
        built = MODELS.build(model)
    return f'{sum(p.numel() for p in built.parameters()) / 1e6:.1f}M'


def resolution(cfg: Config) -> str:
    """Return the size of the training clips, such as '112x112'."""
    if 'clip_shape' in cfg.model:
        _, height, width = cfg.model.clip_shape
        return f'{width}x{height}'
    size = None
    for step in cfg.train_dataloader.dataset.pipeline:
        if step['type'] in ('RandomCrop', 'RandomClipCrop'):
            size = step['size'], step['size']
        elif step['type'] == 'Resize' and step.get('keep_ratio') is False:
            size = step['scale']
    return f'{size[0]}x{size[1]}'


if __name__ == '__main__':
    main()
