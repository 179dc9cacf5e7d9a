"""Check packages, hardware, decoders and videos, and report problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..own_videos.inspection import LEFT_OUT, READ_SLOWLY, Inspection, inspect_videos
from ..own_videos.machine import (
    RIGHT,
    check_disk,
    describe_machine,
    name_gaps,
    read_versions,
    try_decoders,
)

NEEDED_DECODERS = dict(decord='decord (or decord2)', PyAV='av')
"""decord reads videos. PyAV reads those in which decord cannot seek."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        versions (Mapping[str, str]): Version of each package, or that it is missing.
        machine (Mapping[str, str]): GPU, CPU and disk.
        decoders (Mapping[str, str]): For each decoder, whether it works.
        gaps (Sequence[str]): Problems of other packages that this package fixes.
        videos (Inspection | None): What the folder contains, if one was given.
        problems (list[str]): What prevents training, and how to fix it.
    """

    versions: Mapping[str, str]
    machine: Mapping[str, str]
    decoders: Mapping[str, str]
    gaps: Sequence[str]
    videos: Inspection | None
    problems: list[str]


def doctor(videos: Path | None = None) -> Diagnosis:
    """Check this machine and, if given, a folder of videos.

    Args:
        videos (Path, optional): The folder. Defaults to None.

    Returns:
        Diagnosis: What was found, with all problems.
    """
    versions, problems = read_versions()
    problems += check_disk()
    decoders = try_decoders()
    problems += [
        f'{name} {decoders[name]}; reinstall the package {package}'
        for name, package in NEEDED_DECODERS.items()
        if decoders[name] != RIGHT
    ]
    inspection = None
    if videos is not None:
        try:
            inspection, found = inspect_videos(Path(videos))
            problems += found
        except (OSError, ValueError) as error:
            problems.append(str(error))
    return Diagnosis(
        versions, describe_machine(), decoders, name_gaps(), inspection, problems
    )


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Print everything that was found, problems last.

    Args:
        diagnosis (Diagnosis): What was found.
        console (Console): Where to print.
    """
    _print(console, 'versions', diagnosis.versions)
    _print(console, 'machine', diagnosis.machine)
    _print(console, 'decoders, tried on a small video', diagnosis.decoders)
    if diagnosis.videos:
        _print_videos(console, diagnosis.videos)
    title = f'{len(diagnosis.gaps)} problems of other packages are fixed by this package'
    _print(console, title, {str(n): gap for n, gap in enumerate(diagnosis.gaps, 1)})
    if not diagnosis.problems:
        console.print('\nNo problems: you can train.', style='green')
    for problem in diagnosis.problems:
        console.print(Text(f'\nproblem: {problem}', style='red'), soft_wrap=True)


def _print_videos(console: Console, videos: Inspection) -> None:
    _print(console, 'videos', videos.facts)
    for title, files, advice in (
        ('left out', videos.left_out, LEFT_OUT),
        ('read slowly', videos.slow, READ_SLOWLY),
    ):
        if files:
            _print(console, f'{title}: {len(files)} files', files)
            console.print(Text(advice, style='yellow'))


def _print(console: Console, title: str, rows: Mapping[str, str]) -> None:
    """Print two columns as plain text: rich would read brackets in a path as markup."""
    table = Table(box=None, show_header=False, padding=(0, 2), pad_edge=False)
    table.add_column(overflow='fold')
    table.add_column(overflow='fold')
    for name, value in rows.items():
        table.add_row(Text(name, style='bold'), Text(value))
    console.print(Text(f'\n{title}', style='cyan'))
    console.print(table)
