"""Say in a table, a picture and a sentence what came out of the demo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from stcr_mmaction.apis.pictures import CHANCE, LEARNED, PLAIN, grid, write

from ..bootstrap import Estimate, estimate


class Question(NamedTuple):
    """What is compared: names of the answers in a result file."""

    says: str
    file: str
    without: str
    pretrained: str


QUESTIONS = (
    Question(
        'frozen, nearest labeled video',
        'evaluation_frozen.json',
        'nearest, untrained',
        'nearest, pretrained',
    ),
    Question(
        'frozen, linear probe',
        'evaluation_frozen.json',
        'linear, untrained',
        'linear, pretrained',
    ),
    Question('whole network trained', 'evaluation.json', 'from scratch', 'fine-tuned'),
)


class Answer(NamedTuple):
    """Percent right without and with pretraining, and the difference in points."""

    without: Estimate
    pretrained: Estimate
    difference: Estimate

    @classmethod
    def read(cls, kept: Mapping[str, Sequence[float]]) -> Answer:
        """Read an answer from a result file."""
        return cls(**{name: Estimate(*values) for name, values in kept.items()})


def read_answers(runs: Mapping[int, Path]) -> dict[str, Answer]:
    """Read the result files of all seeds.

    Args:
        runs (Mapping[int, Path]): Folder of each seed's run.

    Returns:
        dict[str, Answer]: For each question, intervals over videos and seeds.
    """
    answers = {}
    for question in QUESTIONS:
        found = [json.loads((r / question.file).read_text()) for r in runs.values()]
        without, pretrained = (
            np.stack([np.equal(f['predictions'][name], f['labels']) for f in found])
            for name in (question.without, question.pretrained)
        )
        gain = pretrained.astype(float) - without
        arms = (estimate(arm.astype(float)) for arm in (without, pretrained, gain))
        answers[question.says] = Answer(*arms)
    return answers


def conclude(answers: Mapping[str, Answer]) -> str:
    """Say in words what pretraining is worth here."""
    told = []
    for name, answer in answers.items():
        gain = answer.difference
        verdict = 'helps' if gain.low > 0 else 'harms' if gain.high < 0 else 'is unclear'
        told.append(f'{name}: {verdict}, {gain:+} points')
    return 'Pretraining without labels: ' + '; '.join(told) + '.'


def print_table(
    title: str, answers: Mapping[str, Answer], chance: float, console: Console
) -> None:
    """Print percent right, with 95% intervals."""
    table = Table(title=f'{title}\n% of the test videos right, [95% interval]')
    for head in ('', 'without pretraining', 'pretrained', 'difference'):
        table.add_column(head, justify='right' if head else 'left')
    for name, answer in answers.items():
        cells = f'{answer.without}', f'{answer.pretrained}', f'{answer.difference:+}'
        table.add_row(name, *(cell.replace('[', r'\[') for cell in cells))
    table.add_row('a guess', f'{chance:.0f}', '', '')
    console.print(table)


def draw(title: str, answers: Mapping[str, Answer], chance: float, path: Path) -> None:
    """Draw a pair of bars for each question."""
    figure, ((panel,),) = grid(1, 1, 3.6)
    names = []
    for place, (name, answer) in enumerate(answers.items()):
        for offset, arm, color in (
            (0, answer.without, PLAIN),
            (1, answer.pretrained, LEARNED),
        ):
            errors = [[arm.mean - arm.low], [arm.high - arm.mean]]
            panel.barh(3 * place + offset, arm.mean, xerr=errors, color=color, height=0.9)
        names += [f'{name}: without pretraining', 'pretrained without labels']
    places = [3 * place + offset for place in range(len(answers)) for offset in (0, 1)]
    panel.set_yticks(places, names)
    panel.invert_yaxis()
    panel.axvline(chance, color=CHANCE, linestyle='--')
    panel.text(chance, -0.6, ' a guess', color=CHANCE, va='bottom')
    panel.set(xlim=(0, None), xlabel='test videos right, %')
    figure.suptitle(title, fontsize=10)
    write(figure, path)
