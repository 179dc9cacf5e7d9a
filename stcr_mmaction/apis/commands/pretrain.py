"""Learn from videos without labels."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...models.recognizers.recipe import RECIPES, RECOMMENDED, read_recipe
from ...videos import CheckedVideos, check_videos, find_videos
from ..backbone_file import write_backbone
from ..own_videos.configs import pretraining_config, write_config
from ..own_videos.console import console, tell
from ..own_videos.labels import LabeledVideos, read_labels_of
from ..own_videos.networks import BACKBONES, SIZES, read_init
from ..own_videos.plan import Plan, gpu_memory, plan_pretraining
from ..own_videos.run_folder import Run, find_run, write_facts
from ..own_videos.summary import report
from ..own_videos.training import train
from .finetune import leave_out_damaged

LOOKED_AT = 300
"""Labeled videos whose frozen features are looked at in the training, at most."""


def pretrain(
    videos: str | Path,
    out: str | Path,
    *,
    backbone: str = 'r3d_18',
    recipe: str = RECOMMENDED,
    epochs: int | None = None,
    init: str | Path | None = None,
    labels: str | Path | None = None,
    size: str | None = None,
    batch_size: int | None = None,
    lr: float | None = None,
    seed: int = 0,
) -> Run:
    """Pretrain a network on a folder of videos, or go on with a run that was stopped.

    It writes an ordinary config, ``OUT/config.py``, and trains it.

    Args:
        videos (str | Path): Folder of videos, flat or nested; it is only read.
        out (str | Path): Folder of the run. One that was begun by the same call goes on.
        backbone (str): One of :data:`BACKBONES`. Defaults to 'r3d_18'.
        recipe (str): Name of a recipe, or the file of one. Defaults to the one that is
            recommended.
        epochs (int, optional): Passes over all videos. 0, with ``init``, trains nothing.
            Defaults to None: by their number.
        init (str | Path, optional): Weights to start from: a public file of the same
            network, or a checkpoint with this backbone. Defaults to None: random.
        labels (str | Path, optional): As :func:`finetune`. They are not learned from:
            a nearest neighbor is asked for them during the training. Defaults to None.
        size (str, optional): ``'small'`` or ``'full'``. Defaults to None: full on a GPU.
        batch_size (int, optional): Videos of a batch. Defaults to None: by the memory.
        lr (float, optional): Learning rate. Defaults to None: the recipe's.
        seed (int): Of all draws. Defaults to 0.

    Returns:
        Run: The run, which is trained.

    Raises:
        ValueError: If a value, the videos or the folder will not do; says what to do.
        OSError: If something cannot be read or written.

    Example:
        >>> from stcr_mmaction.apis import finetune, pretrain  # doctest: +SKIP
        >>> run = pretrain('videos', 'runs/mine')  # doctest: +SKIP
        >>> finetune('runs/mine', labels='labels.csv')  # doctest: +SKIP
    """
    asked = dict(
        videos=str(Path(videos).resolve()),
        backbone=backbone,
        recipe=recipe if recipe in RECIPES else str(Path(recipe).resolve()),
        epochs=epochs,
        init=str(Path(init).resolve()) if init else None,
        labels=str(Path(labels).resolve()) if labels else None,
        size=size,
        batch_size=batch_size,
        lr=lr,
        seed=seed,
    )
    out = Path(out)
    run = find_run(out, asked) or _begin(out, asked)
    if run.epochs_left > 0:
        train(run.config, 'pretrain')
        report(run)
    else:
        tell(f'{run.folder} is pretrained')
    return run


def _begin(out: Path, asked: dict[str, Any]) -> Run:
    """Look at the videos, choose, and write what the run needs."""
    for name, choices in dict(backbone=BACKBONES, size=(None, *SIZES)).items():
        if asked[name] not in choices:
            known = ', '.join(str(choice) for choice in choices if choice)
            raise ValueError(f'--{name} {asked[name]}: choose one of {known}')
    tell(f'recipe {asked["recipe"]}: {read_recipe(asked["recipe"]).recipe.what}')
    root = Path(asked['videos'])
    init = asked['init'] and read_init(Path(asked['init']), asked['backbone'])
    labeled = None
    if asked['labels']:
        labeled, _ = leave_out_damaged(read_labels_of(Path(asked['labels']), root))
    checked, left_out = _look_at(root)
    plan = plan_pretraining(list(checked.num_frames.values()), asked, gpu_memory())
    _tell_plan(checked, left_out, plan, out)
    out.mkdir(parents=True, exist_ok=True)
    if init:
        write_backbone(init, out / 'init.pth', bare=False, force=True)
    (out / 'videos.txt').write_text(''.join(f'{v}\n' for v in checked.num_frames))
    _write_left_out(left_out, out / 'left_out.csv')
    shown = _choose_labeled(labeled, out / 'labeled.txt') if labeled else 0
    on_gpu = torch.cuda.is_available()
    config = pretraining_config(asked, plan, root, on_gpu, shown > 0)
    write_config(config, out / 'config.py', _explain(plan, out))
    chosen = {name: choice.value for name, choice in plan.items()}
    facts = dict(
        settings=asked,
        chosen=dict(chosen, on_gpu=on_gpu),
        reasons={name: choice.reason for name, choice in plan.items()},
        videos=len(checked.num_frames),
        left_out=len(left_out),
    )
    return write_facts(out, facts)


def _look_at(root: Path) -> tuple[CheckedVideos, dict[str, str]]:
    """Look into every video, and gather what is left out."""
    found = find_videos(root)
    with console.status(f'looking at {len(found.paths)} videos'):
        checked = check_videos(root, found.paths)
    return checked, {**found.left_out, **checked.left_out}


def _write_left_out(reasons: Mapping[str, str], file: Path) -> None:
    with file.open('w', newline='') as opened:
        csv.writer(opened).writerows([('path', 'reason'), *reasons.items()])


def _tell_plan(
    checked: CheckedVideos, left_out: Mapping[str, str], plan: Plan, out: Path
) -> None:
    tell(f'{len(checked.num_frames)} videos')
    if checked.notes:
        path, note = next(iter(checked.notes.items()))
        tell(
            f'  {len(checked.notes)} are read from their first frame on, which is right '
            f'but slow, such as {path}: {note}'
        )
    for path, reason in list(left_out.items())[:5]:
        tell(f'  left out: {path}: {reason}')
    if len(left_out) > 5:
        tell(f'  left out: {len(left_out) - 5} more, see {out / "left_out.csv"}')
    tell(*(f'{name} {c.value}: {c.reason}' for name, c in plan.items()))


def _explain(plan: Plan, out: Path) -> list[str]:
    return [
        f'Written by `stcr pretrain --out {out}`, which goes on with it. It is an',
        'ordinary config: change it, and train it by `python tools/train.py`.',
        *(f'{name} {choice.value}: {choice.reason}' for name, choice in plan.items()),
    ]


def _choose_labeled(labeled: LabeledVideos, file: Path) -> int:
    """Write some labeled videos of each class; one alone has no neighbor of its class."""
    labels = np.array(labeled.labels)
    random = np.random.default_rng(0)
    each = max(2, LOOKED_AT // len(labeled.classes))
    chosen = []
    for label in range(len(labeled.classes)):
        of_class = random.permutation(np.flatnonzero(labels == label))
        chosen += list(of_class[:each]) if len(of_class) > 1 else []
    if len(set(labels[chosen])) < 2:
        return 0
    lines = [f'{labeled.paths[index]} {labels[index]}\n' for index in chosen]
    file.write_text(''.join(lines))
    return len(chosen)
