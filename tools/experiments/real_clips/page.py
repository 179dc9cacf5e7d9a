"""Write docs/real_clips.md, its picture, and the tables in docs/results.md and README.

python -m tools.experiments.real_clips.page
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from .. import ROOT
from ..marked_tables import fill_in
from ..report_tables import table
from ..result import read_result
from .comparison import Group, accuracy, order, read_groups, tell_difference
from .finetuned_tables import write_fine_tuned, write_tuning
from .measures import CHANCE, MEASURE, SPACE
from .network import PIXELS, RECIPE, UNTRAINED
from .picture import draw_bars
from .scale import PUBLISHED, SCALES
from .short_tables import write_short_table

PAPER = 'paper'
RECIPES = Path(__file__).with_name('recipes')
RESULTS = ROOT / 'docs/results/real_clips'
PAGE = ROOT / 'docs/real_clips.md'
TEXTS = ROOT / 'docs/results.md', ROOT / 'README.md'
PICTURE = ROOT / 'docs/figures/real_clips.png'
MEASURES = 'linear, rgb', 'nearest, rgb', 'linear, gradients', 'nearest, gradients'
TITLES = {
    'interactions': 'Interactions of two people: 60 videos, 6 classes',
    'lips': 'Lips: 1,500 videos of 15 speakers, 10 phrases',
}
NETWORKS = dict(cpu='Small networks', gpu='Networks of full width')
ABOUT = """\
# Real clips

Written by `python -m tools.experiments.real_clips.page` from the files in
[results/real_clips](results/real_clips). `python -m tools.experiments.real_clips DATA`
writes these files. Edit those tools, not this page.

**How it is measured.** A network is pretrained without labels and then frozen. A linear
probe and a nearest neighbor search tell the classes from its features. There are five
folds. The test videos are of groups, such as speakers, that nothing was learned from.

- *Interactions*: what two people do. Pretraining uses other clips, which show no such
  interactions: skating, actions in the dark, surveillance cameras. Features are averaged
  over space, and keep time.
- *Lips*: which phrase a mouth says. Pretraining uses the training speakers of each fold.
  Features keep space and time, since the class is the order of small motions.

The videos are UT-Interaction (set 1) and MIRACL-VC1. The other clips are SkateboardML,
ARID and [surveillance cameras][fights].

**How to read it.** Numbers are percent, the mean over seeds. In brackets is a 95%
interval, by a bootstrap over both videos and seeds. With one seed, it is over videos
alone. A difference is in percentage points, on the same videos and seeds. It is bold if
its interval does not contain zero. `rgb`: the network sees frames. `gradients`: the same
network sees temporal gradients. *pixels*: no network, but a gray clip of 12 x 16 x 16.
The strength of the probe's regularization is chosen on validation groups, in the same way
for each network.

[fights]: https://github.com/seymanurakti/fight-detection-surv-dataset
"""


def main() -> None:
    """Write the page."""
    parts = [ABOUT]
    for size in SCALES:
        frozen = read_groups(RESULTS / size / 'frozen')
        if frozen:
            parts.append(f'## {NETWORKS[size]} (scale `{size}`)\n\n{describe(size)}\n')
            parts += [explain_arms(frozen), *write_frozen(frozen)]
            parts += write_fine_tuned(RESULTS / size / 'finetuned')
            parts += write_tuning(RESULTS / size / 'tuning')
            parts += [write_origin(RESULTS / size)]
            if size == 'cpu':
                draw_bars(list(list_bars(frozen)), CHANCE, PICTURE)
                parts.insert(1, '![Linear probe of both sets](figures/real_clips.png)\n')
    PAGE.write_text('\n'.join(parts))
    for text in TEXTS:
        fill = partial(write_short_table, folder=RESULTS / 'cpu')
        text.write_text(fill_in(text.read_text(), fill))


def describe(size: str) -> str:
    """Say how large everything is at a scale."""
    scale = SCALES[size]
    steps = ', '.join(f'{steps} for {name}' for name, steps in scale.iterations.items())
    return (
        f'Networks have {scale.width:g} of the published width. Clips have 16 frames of '
        f'{scale.crop} x {scale.crop} pixels, and batches {scale.batch_size} videos. '
        f'Pretraining iterations: {steps}.'
    )


def explain_arms(groups: Iterable[Group]) -> str:
    """Say what each arm is: for a recipe of the comparison what its file says."""
    arms = sorted({group.arm for group in groups})
    told = {
        arm: ast.get_docstring(ast.parse(file.read_text()))
        for arm in arms
        if (file := RECIPES / f'{arm}.py').is_file()
    }
    known = {
        UNTRAINED: 'Random weights.',
        RECIPE: 'The recommended recipe.',
        PAPER: 'The recipe of the paper.',
    }
    told = {arm: known[arm] for arm in known if arm in arms} | told
    return '\n'.join(f'- *{arm}*: {text}' for arm, text in told.items()) + '\n'


def write_frozen(groups: Sequence[Group]) -> Iterator[str]:
    """Write a table of the frozen networks of each set."""
    for name, space in SPACE.items():
        mine = [group for group in groups if group.set == name]
        if not mine:
            continue
        untrained, recommended = (
            {g.backbone: g for g in mine if g.arm == arm} for arm in (UNTRAINED, RECIPE)
        )
        measures = [f'{measure}, space {space}' for measure in MEASURES]
        changes = [f'linear, rgb: difference to {arm}' for arm in (UNTRAINED, RECIPE)]
        head = ['backbone', 'arm', 'seeds', *MEASURES, *changes]
        rows = [
            [
                PUBLISHED[group.backbone] if group.arm != PIXELS else '–',
                group.arm,
                str(len(group.results)),
                *(f'{accuracy(group, measure)}' for measure in measures),
                tell_difference(group, untrained.get(group.backbone), measures[0]),
                tell_difference(group, recommended.get(group.backbone), measures[0]),
            ]
            for group in sorted(mine, key=order)
        ]
        yield f'### {TITLES[name]}\n'
        yield f'A guess gets {CHANCE[name]:.0f}%. Space is {space}.\n'
        yield '\n'.join(table(head, rows)) + '\n'


def list_bars(groups: Iterable[Group]) -> Iterator[tuple]:
    """Yield set, name, estimate of the linear probe, and whether it learned."""
    for group in sorted(groups, key=order):
        if group.arm in (UNTRAINED, RECIPE, PIXELS):
            measure = MEASURE[group.set]
            name = PIXELS
            if group.arm != PIXELS:
                arm = 'pretrained' if group.arm == RECIPE else UNTRAINED
                name = f'{PUBLISHED[group.backbone]}, {arm}'
            yield group.set, name, accuracy(group, measure), group.arm == RECIPE


def write_origin(folder: Path) -> str:
    """Return the hardware, the code and the notes of the results."""
    results = [read_result(file) for file in sorted(folder.rglob('*.json'))]
    machines = Counter(result['hardware']['device'] for result in results)
    codes = {result['versions'].get('commit', 'no commit known') for result in results}
    lines = [
        '- Hardware: '
        + ', '.join(f'{name} ({n} results)' for name, n in machines.items()),
        '- Code: ' + ', '.join(sorted(codes)),
    ]
    notes = Counter((r['set'], r['note']) for r in results if 'note' in r)
    lines += [f'- {n} results of {name}: {note}.' for (name, note), n in notes.items()]
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    main()
