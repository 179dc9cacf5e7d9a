"""Tables of what was fine-tuned on some labels, and of how it was tuned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..report_tables import table
from .comparison import Group, accuracy, order, read_groups, tell_difference
from .finetuning import GRID
from .network import RECIPE, UNTRAINED
from .scale import PUBLISHED

MEASURE = 'top1'


def write_fine_tuned(folder: Path) -> Iterator[str]:
    """Write a table of all that was fine-tuned, for each number of labels and input."""
    for labels, seen, groups in _read_kinds(folder):
        scratch = _choose(groups, UNTRAINED)
        rows = [
            [
                group.set,
                PUBLISHED[group.backbone],
                _name(group),
                str(len(group.results)),
                f'{accuracy(group, MEASURE)}',
                tell_difference(group, scratch.get((group.set, group.backbone)), MEASURE),
            ]
            for group in sorted(groups, key=order)
        ]
        change = 'difference to from scratch'
        head = ['set', 'backbone', 'arm', 'seeds', 'top-1', change]
        yield f'### Fine-tuned on {labels} labels per class, {seen}\n'
        yield '\n'.join(table(head, rows)) + '\n'


def summarize_fine_tuned(folder: Path) -> list[str]:
    """Return a short table: the recommended recipe beside from scratch."""
    rows = []
    for labels, seen, groups in _read_kinds(folder):
        scratch = _choose(groups, UNTRAINED)
        for of, after in sorted(_choose(groups, RECIPE).items()):
            if before := scratch.get(of):
                cells = [f'{accuracy(group, MEASURE)}' for group in (before, after)]
                gain = tell_difference(after, before, MEASURE)
                where = [f'{after.set}, {seen}', PUBLISHED[after.backbone], labels]
                rows.append([*where, f'{len(after.results)}', *cells, gain])
    head = ['set', 'network', 'labels per class', 'seeds']
    return table([*head, 'from scratch', 'pretrained', 'difference'], rows)


def _read_kinds(folder: Path) -> Iterator[tuple[str, str, list[Group]]]:
    """Yield each number of labels and input, with its results; fewest labels first."""
    stems = (file.stem for file in folder.glob('*.json'))
    kinds = {stem.rpartition('_seed')[0].split('_labels-')[1] for stem in stems}
    for kind in sorted(kinds, key=lambda kind: (kind[0] == 'a', len(kind), kind)):
        labels, _, seen = kind.partition('_')
        yield labels, seen, read_groups(folder, f'*_labels-{kind}_seed-*.json')


def _choose(groups: Sequence[Group], arm: str) -> dict[tuple[str, str], Group]:
    """Return the groups of an arm, by set and backbone."""
    return {(group.set, group.backbone): group for group in groups if group.arm == arm}


def write_tuning(folder: Path) -> Iterator[str]:
    """Write a table of the validation accuracy of each recipe of fine-tuning."""
    rows, names = [], [str(recipe) for recipe in GRID]
    for file in sorted(folder.glob('*.json')):
        labels = file.stem.partition('_labels-')[2].replace('_', ', ')
        (group,) = read_groups(folder, file.name)
        (tried,) = (result['right'] for result in group.results.values())
        cells = [f'{accuracy(group, n)}' if n in tried else '–' for n in names]
        rows.append([group.set, PUBLISHED[group.backbone], _name(group), labels, *cells])
    if rows:
        columns = [f'lr {r.lr:g}, {r.iterations} iterations' for r in GRID]
        yield '### How fine-tuning was tuned\n'
        yield (
            'Accuracy on validation videos of other groups, in one fold. The best recipe '
            'of each row is used in the table above. –: not tried.\n'
        )
        head = ['set', 'backbone', 'arm', 'labels', *columns]
        yield '\n'.join(table(head, rows)) + '\n'


def _name(group: Group) -> str:
    return 'from scratch' if group.arm == UNTRAINED else group.arm
