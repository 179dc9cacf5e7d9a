"""Pretrain on videos without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...models.recognizers.recipe import RECIPES, RECOMMENDED, read_recipe
from ..backbone_file import write_backbone
from ..own_videos.configs import OWN_RECIPE, pretraining_config, write_config
from ..own_videos.console import tell
from ..own_videos.files import check_writable
from ..own_videos.labels import LabeledVideos, read_labels_of
from ..own_videos.networks import BACKBONES, SIZES, read_init
from ..own_videos.plan import Plan, choose_size, gpu_memory, plan_pretraining
from ..own_videos.prepared import PREPARED, name_in_lists
from ..own_videos.pretraining_videos import (
    PretrainingVideos,
    find_usable_videos,
    prepare_all,
    tell_of_new,
    write_videos,
)
from ..own_videos.readable_videos import leave_out_damaged
from ..own_videos.run_folder import Run, begin_run, find_run, write_facts
from ..own_videos.summary import report, tell_next
from ..own_videos.training import train

MAX_LABELED = 300
"""Most labeled videos on which frozen features are evaluated during training."""
HEADER = """Written by `stcr pretrain --out {}`, which goes on with it. It is an
ordinary config: change it, and train it by `python tools/train.py`."""


def pretrain(
    videos: str | Path,
    out: str | Path,
    *,
    backbone: str = 'vcop_r3d',
    recipe: str = RECOMMENDED,
    epochs: int | None = None,
    init: str | Path | None = None,
    labels: str | Path | None = None,
    size: str | None = None,
    batch_size: int | None = None,
    lr: float | None = None,
    seed: int = 0,
    prepare: bool = False,
) -> Run:
    """Pretrain a network on a folder of videos, or resume a run that was stopped.

    It writes an ordinary config, ``OUT/config.py``, and trains it.

    Args:
        videos (str | Path): Folder of videos, flat or nested. Nothing is written there.
        out (str | Path): Folder of the run. If the same call began it, the run is
            resumed.
        backbone (str): One of :data:`BACKBONES`. Defaults to 'vcop_r3d'.
        recipe (str): Name of a recipe, or a file with one. Defaults to the recommended
            recipe.
        epochs (int, optional): Epochs. 0, with ``init``, trains nothing. Defaults to
            None: depends on the number of videos.
        init (str | Path, optional): Weights to start from: a public checkpoint of the
            same network, or a checkpoint with this backbone. Defaults to None: random.
        labels (str | Path, optional): Labels as in :func:`finetune`. They are not used
            for training, only for a nearest-neighbor evaluation during it. Defaults to
            None.
        size (str, optional): ``'tiny'``, ``'small'`` or ``'full'``. Defaults to None:
            full on a GPU or with ``init``, else small.
        batch_size (int, optional): Videos in a batch. Defaults to None: depends on GPU
            memory.
        lr (float, optional): Learning rate. Defaults to None: depends on recipe, size and
            batch size.
        seed (int): Random seed. Defaults to 0.
        prepare (bool): Whether to make small copies in ``OUT/prepared`` and train on
            them, which loads faster. Videos that cannot be decoded to their end are left
            out. Defaults to False.

    Returns:
        Run: The pretrained run.

    Raises:
        ValueError: If a value, the videos or the folder is invalid; says what to do.
        OSError: If something cannot be read or written.

    Examples:
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
        prepare=prepare,
    )
    out = Path(out)
    if run := find_run(out, asked):
        tell_of_new(run)
    else:
        run = _begin(out, asked)
    if run.epochs_left > 0:
        train(run.config, 'pretrain')
        report(run)
    else:
        tell(f'{run.folder} is pretrained')
    tell_next(run)
    return run


def _begin(out: Path, asked: dict[str, Any]) -> Run:
    """Check the videos, choose settings, and write the files of the run."""
    _check(out, asked)
    tell(f'recipe {asked["recipe"]}: {read_recipe(asked["recipe"]).recipe.what}')
    root = Path(asked['videos'])
    size = SIZES[choose_size(asked, gpu_memory()).value]
    init = asked['init'] and read_init(Path(asked['init']), asked['backbone'], size)
    labeled = None
    if asked['labels']:
        labeled, _ = leave_out_damaged(read_labels_of(Path(asked['labels']), root))
    videos = find_usable_videos(root)
    plan = plan_pretraining(list(videos.lengths.values()), asked, gpu_memory())
    begun = dict(asked, short_side=size.scale[1]) if asked['prepare'] else asked
    begin_run(out, begun)
    if asked['prepare']:
        videos = prepare_all(videos, out / PREPARED, size.scale[1])
        plan = plan_pretraining(list(videos.lengths.values()), asked, gpu_memory())
    tell(*_explain(plan))
    if init:
        write_backbone(init, out / 'init.pth', bare=False, force=True)
    write_videos(videos, out, asked['prepare'])
    shown = _choose_labeled(labeled, videos, out) if labeled else 0
    on_gpu = torch.cuda.is_available()
    if asked['recipe'] not in RECIPES:  # the file may change or move
        read_recipe(asked['recipe']).dump(out / OWN_RECIPE)
    config = pretraining_config(asked, plan, root, on_gpu, shown > 0)
    header = [*HEADER.format(out).splitlines(), *_explain(plan)]
    write_config(config, out / 'config.py', header)
    chosen = {name: choice.value for name, choice in plan.items()}
    facts = dict(
        settings=asked,
        chosen=dict(chosen, on_gpu=on_gpu),
        reasons={name: choice.reason for name, choice in plan.items()},
        videos=len(videos.lengths),
        left_out=len(videos.left_out),
        damaged=videos.damaged,
    )
    return write_facts(out, facts)


def _check(out: Path, asked: dict[str, Any]) -> None:
    """Refuse invalid arguments before reading any video."""
    for name, choices in dict(backbone=BACKBONES, size=(None, *SIZES)).items():
        if asked[name] not in choices:
            known = ', '.join(str(choice) for choice in choices if choice)
            raise ValueError(f'--{name} {asked[name]}: choose one of {known}')
    check_writable(out)
    if set(str(out.resolve())) & set("'\\\n"):
        raise ValueError(
            f"--out {out}: a config cannot be in a folder with ' or \\ in its path"
        )
    if asked['prepare'] and out.resolve().is_relative_to(asked['videos']):
        raise ValueError(
            f'--out {out} is in the folder of the videos, where --prepare would find its '
            'own copies: choose another --out'
        )


def _explain(plan: Plan) -> list[str]:
    return [f'{name} {choice.value}: {choice.reason}' for name, choice in plan.items()]


def _choose_labeled(labeled: LabeledVideos, videos: PretrainingVideos, out: Path) -> int:
    """Write a list of some labeled videos, two or more of each class."""
    damaged = {videos.root / path for path in videos.damaged}
    labeled = labeled.choose(n for n, p in enumerate(labeled.paths) if p not in damaged)
    labels = np.array(labeled.labels)
    random = np.random.default_rng(0)
    each = max(2, MAX_LABELED // len(labeled.classes))
    chosen = []
    for label in range(len(labeled.classes)):
        of_class = random.permutation(np.flatnonzero(labels == label))
        chosen += list(of_class[:each]) if len(of_class) > 1 else []
    if len(set(labels[chosen])) < 2:
        return 0
    copies = out / PREPARED
    names = [name_in_lists(path, videos.root, copies) for path in labeled.paths]
    lines = [f'{names[index]} {labels[index]}\n' for index in chosen]
    (out / 'labeled.txt').write_text(''.join(lines))
    return len(chosen)
