"""Write the report of a run from the files of its commands."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from ...models.recognizers.recipe import read_recipe
from ...videos import digest_file, open_video
from ..train_samples import draw_rows, name_clips, take_samples
from .confusion import confusion
from .console import tell
from .curves import training_curves
from .evaluation import Evaluation
from .report import (
    Section,
    as_png,
    left_out,
    next_steps,
    retrieval,
    write_report,
)
from .run_folder import EVALUATION, FINETUNED, FROZEN_EVALUATION, Run

SHOWN = 2
"""Videos in the preview."""


def report(run: Run) -> Path:
    """Write ``RUN/report.html``: settings, results so far and next steps.

    Returns:
        Path: The page.
    """
    page = run.folder / 'report.html'
    frozen = _read(run, FROZEN_EVALUATION, run.weights)
    tested = run.classifier() and _read(run, EVALUATION, lambda: run.classifier()[1])
    sections = [
        _about(run),
        _if_possible(_preview, run),
        training_curves(run.work_dir, 'Pretraining'),
        frozen and _accuracies('Frozen features', frozen),
        frozen and _if_possible(_neighbors, frozen),
        training_curves(run.folder / FINETUNED, 'Fine-tuning'),
        tested and _accuracies('Classifier', tested),
        tested and _confusion(tested),
        _left_out(run),
        next_steps(_list_steps(run, bool(tested))),
    ]
    write_report(run.folder, sections, page)
    tell(f'report: {page}')
    return page


def _about(run: Run) -> Section:
    facts = run.facts
    table = [('choice', 'value', 'why')]
    for name, reason in facts['reasons'].items():
        table.append((name, str(facts['chosen'][name]), reason))
    text = (
        f'{facts["videos"]} videos of `{facts["settings"]["videos"]}`, network '
        f'{facts["settings"]["backbone"]}, recipe {facts["settings"]["recipe"]}.'
    )
    if run.epochs_left > 0:
        text += f'\n{run.epochs_left} epochs are left: run the command again to resume.'
    return Section('The run', text, table=table)


def _preview(run: Run) -> Section:
    config = Config.fromfile(str(run.config))
    pairs = zip(*take_samples(config, SHOWN), strict=True)
    figure = draw_rows([clip for pair in pairs for clip in name_clips(*pair)])
    recipe = read_recipe(config.model.recipe).recipe
    text = (
        'Both paths of some videos, with all random augmentations.\n'
        f'Recipe {run.facts["settings"]["recipe"]}: {recipe.what}.'
    )
    alt = 'frames of the clean and the noise path'
    return Section('What the network is shown', text, [(as_png(figure), alt)])


def _if_possible(draw: Callable[..., Section | None], given: Any) -> Section | None:
    """Draw videos, which may have been moved or removed since."""
    try:
        return draw(given)
    except Exception as error:  # decoders raise errors of many types
        tell(f'the report has no pictures of videos: {error}')
        return None


def _read(run: Run, name: str, find: Callable[[], Path]) -> Evaluation | None:
    """Read an evaluation, unless it is of former weights."""
    file = run.folder / name
    if not file.is_file():
        return None
    found = Evaluation(**json.loads(file.read_text()))
    return found if found.weights in ('', digest_file(find())) else None


def _accuracies(title: str, found: Evaluation) -> Section:
    table = [('', 'right', '95% interval')]
    for name in found.predictions:
        right, low, high = (f'{100 * share:.1f}%' for share in found.accuracy(name))
        table.append((name, right, f'{low} to {high}'))
    table.append(
        ('always the most frequent class', f'{100 * found.most_frequent:.1f}%', '')
    )
    return Section(title, f'Measured on {len(found.labels)} videos.', table=table)


def _neighbors(found: Evaluation) -> Section | None:
    """Show the middle frames of some videos and of the most similar ones."""
    rows = found.neighbors
    frames = [[_middle_frame(path) for path in row] for row in rows]
    # Folders are often classes; if all videos lie in one, its name says nothing.
    flat = len({Path(path).parent for row in rows for path in row}) == 1
    titles = [
        [path.name if flat else path.parent.name for path in map(Path, row)]
        for row in rows
    ]
    return retrieval(frames, titles)


def _middle_frame(path: str) -> np.ndarray:
    reader = open_video(path)
    return reader.get_batch([len(reader) // 2]).asnumpy()[0]


def _confusion(found: Evaluation) -> Section | None:
    answers = found.predictions['fine-tuned']
    kept = [pair for pair in zip(found.labels, answers, strict=True) if pair[1] >= 0]
    return confusion(found.classes, *zip(*kept, strict=True)) if kept else None


def _left_out(run: Run) -> Section | None:
    with (run.folder / 'left_out.csv').open(newline='') as file:
        return left_out({row['path']: row['reason'] for row in csv.DictReader(file)})


def tell_next(run: Run) -> None:
    """Print what to do next."""
    tell(f'next: {_list_steps(run)[0]}')


def _list_steps(run: Run, tested: bool = False) -> list[str]:
    here = run.folder
    if run.classifier():
        test = f'`stcr evaluate {here}` tests it on the held-out videos.'
        return [
            *([] if tested else [test]),
            f'`stcr predict {here} NEW_VIDEOS --out predictions.csv` predicts classes.',
            f'`stcr finetune {here} --scratch` trains the same network without '
            'pretraining, to see what pretraining added.',
            f'`stcr export {here} --to onnx` exports it for other software.',
        ]
    return [
        f'`stcr finetune {here} --labels labels.csv` trains a classifier on some labels.',
        f'`stcr evaluate {here} --labels labels.csv` evaluates the frozen features.',
        f'`stcr embed {here} VIDEOS --out embeddings.npz`, then `stcr search '
        'embeddings.npz QUERY`, finds similar videos.',
        f'`python tools/train.py {run.config}` trains with the tool of MMAction2.',
    ]
