"""Short tables of the results, for docs/results.md and README."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..bootstrap import tell_change
from ..report_tables import table
from .comparison import Group, accuracy, difference, read_groups, tell_difference
from .finetuned_tables import summarize_fine_tuned
from .measures import CHANCE, MEASURE, QUESTIONS
from .network import RECIPE, UNTRAINED
from .scale import PUBLISHED

MOTION_FIRST = 'motion-first'
PERTURBATIONS = {
    RECIPE: 'none of these',
    'gaussian-noise': '(a) Gaussian noise',
    'video-mixup': '(b) Video Mixup',
    'video-cutmix': '(c) Video CutMix',
    'inter-video-mixup': '(d) Inter-Video Mixup',
    'mixup-1': '(e) Intra-Video Mixup',
    'mixup-0.3': '(e), a share of at most 0.3',
    'transformed': 'Spatio-Temporal Transformation',
    'transformed-mixup-0.3': 'both, a share of at most 0.3',
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
        name (str): A set, or the name of a table.
        folder (Path): Folder of the results of a scale.
    """
    if kind != 'real_clips':
        return None
    if name == 'finetuned':
        return summarize_fine_tuned(folder / 'finetuned')
    found = {(g.set, g.backbone, g.arm): g for g in read_groups(folder / 'frozen')}
    tables: dict[str, Callable[[Found], list[str]]] = dict(
        both=_both_sets, motion_first=_motion_first, perturbations=_perturbations
    )
    return tables[name](found) if name in tables else _one_set(found, name)


def _one_set(found: Found, name: str) -> list[str]:
    """Return a row for each backbone: before, after and the difference."""
    measure, rows = MEASURE[name], []
    for backbone in _list_pretrained(found, name):
        before, after = (found[name, backbone, arm] for arm in (UNTRAINED, RECIPE))
        cells = [f'{accuracy(group, measure)}' for group in (before, after)]
        gain = tell_difference(after, before, measure)
        rows.append([PUBLISHED[backbone], f'{len(after.results)}', *cells, gain])
    return table(['network', 'seeds', UNTRAINED, 'pretrained', 'difference'], rows)


def _both_sets(found: Found) -> list[str]:
    """Return a row for each backbone: the change at each set."""
    rows = []
    for backbone in _list_pretrained(found, *MEASURE):
        pairs = {
            name: [found[name, backbone, arm] for arm in (UNTRAINED, RECIPE)]
            for name in MEASURE
        }
        cells = [_change(*pair, MEASURE[name]) for name, pair in pairs.items()]
        seeds = min(len(after.results) for _, after in pairs.values())
        rows.append([PUBLISHED[backbone], f'{seeds}', *cells])
    asked = [f'{QUESTIONS[name]} (a guess: {CHANCE[name]:.0f})' for name in MEASURE]
    return table(['network', 'seeds', *asked], rows)


def _motion_first(found: Found) -> list[str]:
    """Return a row for each set and backbone, with the seeds of the changed recipe."""
    rows = []
    for name, backbone, _ in (key for key in sorted(found) if key[2] == MOTION_FIRST):
        seeds = found[name, backbone, MOTION_FIRST].results.keys()
        arms = UNTRAINED, RECIPE, MOTION_FIRST
        groups = [found[name, backbone, arm].choose(seeds) for arm in arms]
        cells = [f'{accuracy(group, MEASURE[name])}' for group in groups]
        change = tell_difference(groups[2], groups[1], MEASURE[name])
        rows.append([name, PUBLISHED[backbone], *cells, change])
    head = ['set', 'network', UNTRAINED, RECIPE, MOTION_FIRST, 'difference']
    return table(head, rows)


def _perturbations(found: Found) -> list[str]:
    """Return a row for each perturbation."""
    rows = [
        [told, *(cell for name in MEASURE for cell in _compare(found, name, arm))]
        for arm, told in PERTURBATIONS.items()
    ]
    head = [title for name in MEASURE for title in (name, 'difference')]
    return table(['on the noise path', *head], rows)


def _compare(found: Found, name: str, arm: str) -> list[str]:
    """Return the accuracy with a perturbation, and the difference to without."""
    if (name, PERTURBED, arm) not in found:
        return ['–', '–']
    group, plain = (found[name, PERTURBED, a].choose({0}) for a in (arm, RECIPE))
    change = tell_difference(group, plain, MEASURE[name])
    return [f'{accuracy(group, MEASURE[name])}', change]


def _list_pretrained(found: Found, *sets: str) -> list[str]:
    """List the backbones that the recommended recipe was measured with at all sets."""
    known = [{b for s, b, arm in found if (s, arm) == (name, RECIPE)} for name in sets]
    return sorted(set.intersection(*known))


def _change(before: Group, after: Group, measure: str) -> str:
    shares = (accuracy(group, measure) for group in (before, after))
    return tell_change(*shares, difference(after, before, measure))
