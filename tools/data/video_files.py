"""Files that the preparation tools write, so that an interrupted job can go on."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def check_lists(lists: Mapping[Path, Sequence[str]]) -> None:
    """Refuse to replace a list by another one; to be called before hours of work.

    Args:
        lists (Mapping): Text file, which may be missing, to its lines.

    Raises:
        ValueError: If a file is there that says something else. The message names it.
    """
    for path, lines in lists.items():
        if path.exists() and path.read_text() != _text(lines):
            raise ValueError(
                f'{path} is there and says something else. '
                'Give another --out or delete it.'
            )


def write_lists(lists: Mapping[Path, Sequence[str]]) -> None:
    """Write text files, unless one is there that says something else.

    Args:
        lists (Mapping): Text file to its lines.

    Raises:
        ValueError: If there is. The message names it, and nothing is written.
    """
    check_lists(lists)
    for path, lines in lists.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(lines))


def _text(lines: Sequence[str]) -> str:
    return '\n'.join(lines) + '\n'


def keep_settings(folder: Path, settings: dict) -> None:
    """Note how what is in a folder is made; refuse to mix two ways in one folder.

    Args:
        folder (Path): Is made if missing; the settings go to ``settings.json`` there.
        settings (dict): Plain data.

    Raises:
        ValueError: If the folder was begun with other settings.
    """
    path = folder / 'settings.json'
    if path.exists() and json.loads(path.read_text()) != settings:
        raise ValueError(
            f'{folder} holds what was made with other settings, {path.read_text()}; '
            f'wanted are {json.dumps(settings)}. Give another --out or delete {folder}.'
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def make_missing(
    make: Callable[..., None],
    paths: Sequence[Path],
    description: str,
    workers: int = 2,
    sources: Sequence[Path] | None = None,
) -> int:
    """Call ``make(path)`` for every path that does not exist, under a progress bar.

    Args:
        make (Callable): Makes one file or folder; must be picklable.
        paths (Sequence[Path]): What is wanted.
        description (str): Shown beside the progress bar.
        workers (int): Number of processes. Defaults to 2.
        sources (Sequence[Path], optional): If given, as many as ``paths``, and the call
            is ``make(path, source)``. Defaults to None.

    Returns:
        int: How many were made now.

    Raises:
        RuntimeError: If some could not be made, as ``make`` says; all others are made,
            unless a process dies, as one whose decoder crashes.
    """
    from stcr_mmaction.videos import many_files  # to import the package takes seconds

    given = [paths] if sources is None else [paths, sources]
    calls = list(zip(*given, strict=True))
    missing = sum(not path.exists() for path in paths)
    failures = many_files.make_missing(make, calls, description, workers)
    if failures:
        raise RuntimeError('\n'.join(dict.fromkeys(failures.values())))
    return missing
