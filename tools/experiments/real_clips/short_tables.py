"""Short tables of the results, for docs/results.md and README."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..bootstrap import tell_change
from ..report_tables import table
from .comparison import Group, accuracy, difference, read_groups, tell_difference
from .finetuned_tables import summarize_fine_tuned
from .measures import CHANCE, MEASURE, QUESTIONS, SPACE
from .network import RECIPE, UNTRAINED
from .probing import INPUTS
from .scale import PUBLISHED

CHANGES = dict(both=(UNTRAINED, RECIPE), motion_first=(RECIPE, 'motion-first'))
"""Tables with two arms: before and after."""
PERTURBATIONS = {
    RECIPE: 'none of these',
    'gaussian-noise': '(a) Gaussian noise',
    'video-mixup': '(b) Video Mixup',
    'video-cutmix': '(c) Video CutMix',
    'inter-video-mixup': '(d) Inter-Video Mixup',
    'mixup-1': '(e) Intra-Video Mixup',
    'mixup-0.3': '(e), at most 0.3',
    'mixup-0.3-clean': '(e), at most 0.3, on the clean path',
    'transformed': 'Spatio-Temporal Transformation',
    'transformed-mixup-0.3': 'Transformation and (e), at most 0.3',
}
"""Those of the paper's Tables 1 and 2, by arm."""
PERTURBED = 'r3d'
"""The backbone that these were measured with, with seed 0."""

Found = Mapping[tuple[str, str, str], Group]
"""Groups by set, backbone and arm."""


def write_short_table(kind: str, name: str, folder: Path) -> list[str] | None:
    """Return the lines of a table.

    Args:
        kind (str): Other kinds than ``'real_clips'`` are left to others.
        name (str): Name of the table.
        folder (Path): Folder of the results of a scale.
    """
    if kind != 'real_clips':
        return None
    if name == 'finetuned':
        return summarize_fine_tuned(folder / 'finetuned')
    found = {(g.set, g.backbone, g.arm): g for g in read_groups(folder / 'frozen')}
    if name == 'perturbations':
        return _perturbations(found)
    return _changes(found, *CHANGES[name])


def _changes(found: Found, before: str, after: str) -> list[str]:
    """Return a row for each backbone with both sets: from one arm to another."""
    rows = []
    measured = [
        {b for s, b, arm in found if (s, arm) == (name, after)} for name in MEASURE
    ]
    for backbone in sorted(set.intersection(*measured)):
        cells, seeds = [], []
        for name, measure in MEASURE.items():
            groups = found[name, backbone, before], found[name, backbone, after]
            both = set(groups[0].results) & set(groups[1].results)
            start, end = (group.choose(both) for group in groups)
            shares = accuracy(start, measure), accuracy(end, measure)
            cells.append(tell_change(*shares, difference(end, start, measure)))
            seeds.append(str(len(both)))
        rows.append([PUBLISHED[backbone], ' / '.join(dict.fromkeys(seeds)), *cells])
    asked = [f'{QUESTIONS[name]} (a guess: {CHANCE[name]:.0f})' for name in MEASURE]
    return table(['network', 'seeds', *asked], rows)


def _perturbations(found: Found) -> list[str]:
    """Return a row for each perturbation: shares, and the differences to none."""
    columns = [
        (name, f'linear, {seen}, space {space}', f'{name}, {seen}')
        for name, space in SPACE.items()
        for seen in INPUTS
    ]
    rows = [
        [told, *(_compare(found, name, arm, measure) for name, measure, _ in columns)]
        for arm, told in PERTURBATIONS.items()
    ]
    return table(['beside contrast', *(head for *_, head in columns)], rows)


def _compare(found: Found, name: str, arm: str, measure: str) -> str:
    if (name, PERTURBED, arm) not in found:
        return '–'
    group, plain = (found[name, PERTURBED, a].choose({0}) for a in (arm, RECIPE))
    share = f'{accuracy(group, measure).mean:.0f}'
    change = tell_difference(group, plain, measure)
    return share if arm == RECIPE else f'{share}, {change}'
