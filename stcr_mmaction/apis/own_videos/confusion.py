"""Which classes are confused with which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix

from ..pictures import grid
from .report import Section, as_png, shorten

MAX_DRAWN = 30
MAX_ANNOTATED = 12
"""Up to this number of classes, counts fit into the cells."""
MAX_PAIRS = 20


def confusion(
    names: Sequence[str], labels: Sequence[int], predictions: Sequence[int]
) -> Section | None:
    """Show which classes are confused with which.

    Args:
        names (Sequence[str]): Names of the classes.
        labels (Sequence[int]): Class of each video.
        predictions (Sequence[int]): Predicted class of each video.

    Returns:
        Section: For up to 30 classes a confusion matrix, with a table of accuracies,
        lowest first. For more, a table of the most confused pairs. None if there are no
        videos.
    """
    if not len(labels):
        return None
    counts = confusion_matrix(labels, predictions, labels=range(len(names)))
    text = _describe_accuracy(counts)
    if len(names) > MAX_DRAWN:
        text += f'\nThe table has the pairs of the {len(names)} classes that are confused'
        return Section('Confusion', f'{text} most.', table=_pairs(names, counts))
    text += '\nA row is a class, a column what its videos are taken for.'
    picture = _draw(names, counts), 'confusion matrix; the table has the accuracies'
    return Section('Confusion', text, [picture], _accuracies(names, counts))


def _describe_accuracy(counts: np.ndarray) -> str:
    right, total = counts.trace(), counts.sum()
    present = counts.sum(axis=1) > 0
    each = (counts.diagonal()[present] / counts.sum(axis=1)[present]).mean()
    return (
        f'{right} of {total} videos are recognized: {right / total:.1%}. The mean of the '
        f'accuracies of the classes is {each:.1%}.'
    )


def _accuracies(names: Sequence[str], counts: np.ndarray) -> list[list[str]]:
    totals, right = counts.sum(axis=1), counts.diagonal()
    shares = np.divide(right, totals, where=totals > 0, out=np.full(len(names), np.nan))
    rows = [
        [names[n], str(totals[n]), f'{shares[n]:.1%}' if totals[n] else 'no videos']
        for n in np.argsort(shares, kind='stable')  # NaN comes last
    ]
    return [['class', 'videos', 'recognized'], *rows]


def _pairs(names: Sequence[str], counts: np.ndarray) -> list[list[str]]:
    wrong = counts - np.diag(counts.diagonal())
    order = np.argsort(-wrong, axis=None, kind='stable')[:MAX_PAIRS]
    rows = [
        [names[n], names[m], f'{wrong[n, m]} of {counts[n].sum()}']
        for n, m in zip(*np.unravel_index(order, wrong.shape), strict=True)
        if wrong[n, m]
    ]
    return [['class', 'taken for', 'videos'], *rows]


def _draw(names: Sequence[str], counts: np.ndarray) -> bytes:
    side = 2.5 + 0.25 * len(names)
    figure, ((panel,),) = grid(1, 1, side, side)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    panel.imshow(shares, cmap='Blues', vmin=0, vmax=1)
    places, shown = range(len(names)), [shorten(name) for name in names]
    panel.set_xticks(places, shown, rotation=90, parse_math=False)
    panel.set_yticks(places, shown, parse_math=False)
    panel.set(xlabel='taken for', ylabel='class')
    if len(names) <= MAX_ANNOTATED:
        for (row, column), count in np.ndenumerate(counts):
            color = 'white' if shares[row, column] > 0.5 else 'black'
            panel.text(column, row, count, ha='center', va='center', color=color)
    return as_png(figure)
