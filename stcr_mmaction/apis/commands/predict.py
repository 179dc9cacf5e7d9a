"""Predict the classes of videos."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..own_videos.console import tell
from ..own_videos.files import check_free
from ..own_videos.given_videos import gather_videos
from ..own_videos.inference import load_classifier, read_classes, show_videos
from ..own_videos.run_folder import open_run


class Prediction(NamedTuple):
    """The prediction for a video.

    Attributes:
        path (str): The video.
        label (str): The most likely class.
        score (float): Its score, 0 to 1.
        scores (dict[str, float]): Score of each class; the sum is 1.
    """

    path: str
    label: str
    score: float
    scores: dict[str, float]


def predict(
    run: str | Path,
    videos: Sequence[str | Path] | str | Path,
    out: str | Path | None = None,
) -> list[Prediction]:
    """Predict the classes of videos with the fine-tuned network of a run.

    Args:
        run (str | Path): Folder of the run.
        videos (Sequence[str | Path] | str | Path): Files and folders.
        out (str | Path, optional): CSV file to write: ``path,label,score`` and the score
            of each class. Defaults to None: no file.

    Returns:
        list[Prediction]: For all videos that can be read; a message names the others.

    Raises:
        ValueError: If no video can be read, the run has no classifier, or the file exists
            already.
        OSError: If something cannot be read or written.

    Examples:
        ```python
        for prediction in predict('runs/mine', ['new']):
            print(prediction.path, prediction.label, prediction.score)
        ```
    """
    if out is not None:
        out = check_free(out, ['.csv'])
    opened = open_run(run)
    model = load_classifier(opened)
    classes = read_classes(opened)
    predictions = []
    for path, found in show_videos([model], opened, gather_videos(videos), 'predict'):
        if isinstance(found, str):
            tell(f'left out: {path}: {found}')
            continue
        scores = dict(zip(classes, found[0].pred_score.tolist(), strict=True))
        label = max(scores, key=scores.get)
        predictions.append(Prediction(str(path), label, scores[label], scores))
    if out is not None:
        _write(predictions, classes, out)
    return predictions


def _write(predictions: list[Prediction], classes: list[str], out: Path) -> None:
    with out.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(['path', 'label', 'score', *(f'score of {c}' for c in classes)])
        for path, label, score, scores in predictions:
            rounded = (f'{value:.4f}' for value in (score, *scores.values()))
            rows.writerow([path, label, *rounded])
