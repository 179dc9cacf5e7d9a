"""The tables of the report, as lines of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .paired_statistics import Difference, mean_and_std
from .results import POOLED, Measure, Result, Results, compare, metric_of
from .spec import Value

VERDICTS = {1: 'better', -1: 'worse', 0: 'no significant difference', None: 'one pair'}
ORDERINGS = {1: 'holds', -1: 'does not hold', 0: 'not significant', None: 'one pair'}
NOTHING = '–'
RANK = 'frozen/effective_rank'
MOST_ACROSS = 6  # columns that can be read without scrolling

Cell = Callable[[str, list[Result]], str]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Format a table; the first column is text, the others are numbers."""
    lines = [head, [':--', *['--:'] * (len(head) - 1)], *rows]
    return [f'| {" | ".join(line)} |' for line in lines]


def grid(
    down: Sequence[str], across: Sequence[str], cells: Sequence[Sequence[str]]
) -> list[str]:
    """Format named rows and columns; transpose a table that is too wide."""
    if len(across) > MOST_ACROSS:
        down, across, cells = across, down, list(zip(*cells, strict=True))
    rows = [[name, *row] for name, row in zip(down, cells, strict=True)]
    return table(['', *across], rows)


def accuracy_table(results: Results) -> list[str]:
    """Return mean and standard deviation of the metric, by arms and axes."""
    measure = metric_of(results.experiment.metric)
    pooled = results.experiment.axes.get(POOLED, ['all'])
    expected = len(results.experiment.seeds) * len(pooled)

    def cell(arm: str, group: list[Result]) -> str:
        values = [measure(result) for result in group if result.run.arm == arm]
        few = f' (n = {len(values)})' if 0 < len(values) < expected else ''
        return mean_text(values) + few

    return _by_axes(results, _recognized(results), results.axes, cell)


def difference_table(results: Results) -> list[str]:
    """Return the paired differences of the metric to the baseline, with a verdict."""
    experiment = results.experiment
    return _differences(
        results, _recognized(results), list(experiment.axes), experiment.baseline,
        metric_of(experiment.metric),
    )  # fmt: skip


def frozen_difference_table(results: Results) -> list[str]:
    """Return the paired differences of the frozen metric to its baseline."""
    experiment = results.experiment
    tested = [result for result in results.pretrainings if result.content['frozen']]
    return _differences(
        results, tested, results.pretraining_axes, experiment.frozen_baseline,
        metric_of(experiment.frozen_metric, 'frozen'),
    )  # fmt: skip


def ordering_table(results: Results) -> list[str]:
    """Return whether each ordering holds; a positive difference supports the claim."""
    recognized = _recognized(results)
    groups = _groups(recognized, results.axes)
    axes, measure = list(results.experiment.axes), metric_of(results.experiment.metric)
    claims, cells = [], []
    for left, sign, right in results.experiment.orderings:
        low, high = (left, right) if sign == '<' else (right, left)
        cells.append(
            [
                difference_text(compare(group, high, low, axes, measure), ORDERINGS)
                for group in groups.values()
            ]
        )
        title = {arm: results.experiment.arms[arm].title for arm in (left, right)}
        claims.append(f'{title[left]} {sign} {title[right]}')
    return grid(claims, _heads(results.axes, groups), cells)


def frozen_table(results: Results) -> list[str]:
    """Return the metrics of frozen features, and the share of rank that is kept."""
    own = results.pretrainings
    names = sorted({name for result in own for name in result.content['frozen']})
    rows, head = [], ['', 'runs', *_short(names)]
    for title, runs in _pretrained(results):
        figures = [_frozen_text(runs, name) for name in names]
        rows.append([title, str(len(runs)), *figures, _rank_kept_text(results, runs)])
    if baseline := results.experiment.frozen_baseline:
        title = results.experiment.arms[baseline].title
        head.append(f'least share of the rank of *{title}*')
    return table(head, [row[: len(head)] for row in rows]) if names else []


def pretraining_table(results: Results) -> list[str]:
    """Return spread, rank and validation metrics during pretraining."""
    own = results.pretrainings
    names = sorted({n for r in own for n in r.content['pretraining']['val']})
    rows = []
    for title, runs in _pretrained(results):
        row = [title, str(len(runs))]
        row += [_kept_text(runs, figure) for figure in ('rank', 'spread')]
        row += [_validation_text(runs, name) for name in names]
        seconds = [r.content['wall_seconds']['pretrain'] for r in runs]
        rows.append([*row, f'{mean_and_std(seconds)[0] / 60:.1f}'])
    head = ['', 'runs', 'rank kept', 'spread kept', *_short(names), 'minutes']
    return table(head, rows)


def _pretrained(results: Results) -> Iterator[tuple[str, list[Result]]]:
    """Yield the runs of each pretraining, with its title."""
    axes = _columns(results.pretraining_axes)
    for values, group in _groups(results.pretrainings, axes).items():
        for arm, title in _arms_of(results, group).items():
            where = f', {_head(axes, values)}' if values else ''
            yield title + where, [result for result in group if result.run.arm == arm]


def _short(names: Sequence[str]) -> list[str]:
    return [f'`{name.removeprefix("frozen/")}`' for name in names]


def mean_text(values: Sequence[float]) -> str:
    """Format mean ± sample standard deviation."""
    if not values:
        return NOTHING
    mean, std = mean_and_std(values)
    return f'{mean:.1f}' if std is None else f'{mean:.1f} ± {std:.1f}'


def difference_text(
    difference: Difference | None, verdicts: Mapping[int | None, str]
) -> str:
    """Format a difference, its interval, the number of pairs and the verdict."""
    if difference is None:
        return NOTHING
    text = f'{difference.mean:+.1f}'
    if difference.half_width is not None:
        low, high = (difference.mean + s * difference.half_width for s in (-1, 1))
        text += f' [{low:+.1f}, {high:+.1f}], n = {difference.n}'
    return f'{text}: {verdicts[difference.sign]}'


def _differences(
    results: Results,
    chosen: Sequence[Result],
    axes: Sequence[str],
    baseline: str,
    measure: Measure,
) -> list[str]:
    def cell(arm: str, group: list[Result]) -> str:
        return difference_text(compare(group, arm, baseline, axes, measure), VERDICTS)

    others = [result for result in chosen if result.run.arm != baseline]
    arms = _arms_of(results, others)
    return _by_axes(results, chosen, _columns(axes), cell, arms)


def _by_axes(
    results: Results,
    chosen: Sequence[Result],
    axes: Sequence[str],
    cell: Cell,
    arms: Mapping[str, str] | None = None,
) -> list[str]:
    groups = _groups(chosen, axes)
    arms = _arms_of(results, chosen) if arms is None else arms
    cells = [[cell(arm, group) for group in groups.values()] for arm in arms]
    return grid(list(arms.values()), _heads(axes, groups), cells) if arms else []


def _columns(axes: Sequence[str]) -> list[str]:
    return [axis for axis in axes if axis != POOLED]


def _recognized(results: Results) -> list[Result]:
    return [result for result in results.found if result.content['metrics']]


def _groups(chosen: Sequence, axes: Sequence[str]) -> dict[tuple[Value, ...], list]:
    groups: dict[tuple, list] = {}
    for one in chosen:
        run = getattr(one, 'run', one)
        groups.setdefault(tuple(run.axes[axis] for axis in axes), []).append(one)
    return groups


def _arms_of(results: Results, chosen: Sequence[Result]) -> dict[str, str]:
    there = {result.run.arm for result in chosen}
    arms = results.experiment.arms.items()
    return {name: arm.title for name, arm in arms if name in there}


def _heads(axes: Sequence[str], groups: Mapping) -> list[str]:
    return [_head(axes, values) for values in groups]


def _head(axes: Sequence[str], values: Sequence[Value]) -> str:
    named = zip(axes, values, strict=True)
    return ', '.join(f'{axis} {value}' for axis, value in named) or 'all'


def _frozen_text(runs: Sequence[Result], name: str) -> str:
    values = [
        100 * r.content['frozen'][name] for r in runs if name in r.content['frozen']
    ]
    return mean_text(values)


def _rank_kept_text(results: Results, runs: Sequence[Result]) -> str:
    """Format the share of the baseline's rank that is left, the smallest over pairs."""

    def ranks(chosen: Sequence[Result]) -> dict[tuple, float]:
        return {
            (r.run.seed, *r.columns(results.pretraining_axes)): r.content['frozen'][RANK]
            for r in chosen
            if RANK in r.content['frozen']
        }

    baseline = results.experiment.frozen_baseline
    before = ranks([r for r in results.pretrainings if r.run.arm == baseline])
    kept = [rank / before[pair] for pair, rank in ranks(runs).items() if pair in before]
    return f'{min(kept):.0%}' if kept else NOTHING


def _validation_text(runs: Sequence[Result], name: str) -> str:
    val = [run.content['pretraining']['val'] for run in runs]
    means = [
        mean_text([100 * v[name][which] for v in val if name in v]).split(' ±')[0]
        for which in ('first', 'last', 'best')
    ]
    return NOTHING if NOTHING in means else f'{means[0]} → {means[1]} ({means[2]})'


def _kept_text(runs: Sequence[Result], figure: str) -> str:
    """Format the remaining share of the first value: the smallest over runs and paths."""
    seen = [
        collapse[f'{figure}_{path}']
        for collapse in (run.content['pretraining']['collapse'] for run in runs)
        for path in ('clean', 'noise')
        if f'{figure}_{path}' in collapse
    ]
    if not seen:
        return NOTHING
    last, lowest = (
        min(figures[which] / figures['first'] for figures in seen)
        for which in ('last', 'min')
    )
    return f'{last:.0%}, {lowest:.0%}'
