"""Run networks of a run on videos."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from rich.progress import track
from torch import nn

from ..network import NONE, load_network
from .configs import TEST_BATCH, test_pipeline
from .console import console, quiet, tell
from .networks import SIZES
from .run_folder import FINETUNED, FROM_SCRATCH, Run


def load_extractor(run: Run, weights: str | None = None) -> nn.Module:
    """Load the backbone of a run as a feature extractor that averages over space.

    Args:
        run (Run): The run.
        weights (str, optional): ``'none'`` for random weights, or ``'pretrained'``.
            Defaults to None: the newest weights, fine-tuned or not.

    Returns:
        nn.Module: A :class:`VideoFeatureExtractor` in evaluation mode.
    """
    config, newest = run.config, weights
    if weights is None:
        config, newest = find_newest(run)
        _tell_unfinished(run)
    elif weights != NONE:
        newest = run.weights()
    model = Config.fromfile(str(config)).model
    extractor = dict(
        _delete_=True,
        type='VideoFeatureExtractor',
        backbone=model.backbone,
        data_preprocessor=model.data_preprocessor,
        feature_pooling='temporal',
    )
    torch.manual_seed(run.facts['settings']['seed'])  # of random weights
    return load_network(str(config), str(newest), options=dict(model=extractor)).model


def find_newest(run: Run) -> tuple[Path, Path]:
    """Return the config and the newest weights of a run, fine-tuned or not."""
    return run.classifier() or (run.config, run.weights())


def _tell_unfinished(run: Run, scratch: bool = False) -> None:
    if left := run.classifier_epochs_left(scratch):
        name = FROM_SCRATCH if scratch else FINETUNED
        tell(f'{run.folder / name} is not finished: {left} epochs are left')


def load_classifier(run: Run, scratch: bool = False) -> nn.Module:
    """Load the fine-tuned network of a run.

    Args:
        run (Run): The run.
        scratch (bool): As in :meth:`Run.classifier`. Defaults to False.

    Returns:
        nn.Module: A :class:`Recognizer3D` in evaluation mode.

    Raises:
        ValueError: If the run was not fine-tuned.
    """
    classifier = run.classifier(scratch)
    if classifier is None:
        raise ValueError(
            f'{run.folder} has no classifier yet: `stcr finetune {run.folder} --labels '
            'labels.csv` makes one'
        )
    _tell_unfinished(run, scratch)
    return load_network(*map(str, classifier)).model


def read_classes(run: Run) -> list[str]:
    """Return the names of the classes that a run was fine-tuned for."""
    return (run.folder / FINETUNED / 'label_map.txt').read_text().splitlines()


def show_videos(
    models: Sequence[nn.Module], run: Run, paths: Sequence[Path], title: str
) -> Iterator[tuple[Path, list[ActionDataSample] | str]]:
    """Run models on videos, with the test pipeline of the run. A video is read once.

    Args:
        models (Sequence[nn.Module]): The models.
        run (Run): The run, which defines the pipeline.
        paths (Sequence[Path]): N videos.
        title (str): Title of the progress bar.

    Yields:
        tuple: A path, and the output of each model, or the reason why the video cannot
        be read.
    """
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} of {len(paths)} videos of {run.folder} do not exist, such '
            f'as {missing[0]}: put them back'
        )
    quiet(MMLogger.get_current_instance())
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / 'videos.txt'
        listed.write_text(''.join(f'{path.resolve()}\n' for path in paths))
        batches = Runner.build_dataloader(_loader(run, listed, len(paths)))
        answers = _ask(models, batches)
        for path, samples in zip(
            paths,
            track(answers, title, len(paths), console=console, disable=not title),
            strict=True,
        ):
            yield path, samples[0].metainfo.get('damaged') or samples


@torch.no_grad()
def _ask(models: Sequence[nn.Module], batches: Any) -> Iterator[list[ActionDataSample]]:
    for batch in batches:
        found = []
        for model in models:
            # A model writes into the samples that it is given.
            samples = deepcopy(batch['data_samples'])
            found.append(model.test_step(dict(batch, data_samples=samples)))
        yield from map(list, zip(*found, strict=True))


def _loader(run: Run, listed: Path, count: int) -> dict:
    chosen = run.facts['chosen']
    size, stride, clips = SIZES[chosen['size']], chosen['stride'], chosen['clips']
    pipeline = test_pipeline(size, stride, clips)
    return dict(
        batch_size=TEST_BATCH,
        num_workers=chosen['workers'],
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(
            type='CheckedVideoDataset',
            ann_file=str(listed),
            data_prefix=dict(video=''),
            pipeline=pipeline,
            test_mode=True,
            on_error='count_as_wrong',
            max_attempts=count + 1,  # the next one that can be read stands in
        ),
    )
