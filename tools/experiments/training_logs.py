"""Extract results from the log of a training."""

from collections.abc import Callable, Mapping, Sequence

NO_METRICS = ('step', 'time', 'data_time', 'memory')


def collapse_figures(scalars: Sequence[Mapping]) -> dict[str, dict[str, float]]:
    """Return ``first``, ``last`` and ``min`` of the values of the collapse monitor."""
    series = _series(scalars, lambda name: name.startswith(('spread_', 'rank_')))
    return {
        name: dict(first=values[0], last=values[-1], min=min(values))
        for name, values in series.items()
    }


def validation_figures(scalars: Sequence[Mapping]) -> dict[str, dict[str, float]]:
    """Return ``first``, ``last`` and ``best`` (highest) of every validation metric."""
    validated = [line for line in scalars if 'loss' not in line and 'lr' not in line]
    series = _series(validated, lambda name: name not in NO_METRICS)
    return {
        name: dict(first=values[0], last=values[-1], best=max(values))
        for name, values in series.items()
    }


def _series(
    scalars: Sequence[Mapping], wanted: Callable[[str], bool]
) -> dict[str, list[float]]:
    names = sorted({name for line in scalars for name in line if wanted(name)})
    return {name: [line[name] for line in scalars if name in line] for name in names}
