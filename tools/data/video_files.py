"""Write the files of the preparation tools, so that an interrupted job can resume."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def check_lists(lists: Mapping[Path, Sequence[str]]) -> None:
    """Refuse to replace a list by another one; call it before hours of work.

    Args:
        lists (Mapping): Lines by text file, which need not exist.

    Raises:
        ValueError: If a file exists with other content; the message names it.
    """
    for path, lines in lists.items():
        if path.exists() and path.read_text() != _text(lines):
            raise ValueError(
                f'{path} exists with other content. Give another --out or delete it.'
            )


def write_lists(lists: Mapping[Path, Sequence[str]]) -> None:
    """Write text files, unless one exists with other content.

    Args:
        lists (Mapping): Lines by text file.

    Raises:
        ValueError: If one exists; the message names it, and nothing is written.
    """
    check_lists(lists)
    for path, lines in lists.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(lines))


def _text(lines: Sequence[str]) -> str:
    return '\n'.join(lines) + '\n'


def keep_settings(folder: Path, settings: dict) -> None:
    """Write the settings of a folder; refuse to mix different settings.

    Args:
        folder (Path): The folder, created if needed; settings are in its
            ``settings.json``.
        settings (dict): Plain data.

    Raises:
        ValueError: If the folder has other settings.
    """
    path = folder / 'settings.json'
    if path.exists() and json.loads(path.read_text()) != settings:
        raise ValueError(
            f'{folder} was made with other settings, {path.read_text()}; '
            f'now {json.dumps(settings)}. Give another --out or delete {folder}.'
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
    """Call ``make(path)`` for every path that does not exist, with a progress bar.

    Args:
        make (Callable): Makes one file or folder; must be picklable.
        paths (Sequence[Path]): Files or folders to make.
        description (str): Text next to the progress bar.
        workers (int): Number of processes. Defaults to 2.
        sources (Sequence[Path], optional): If given, as many as ``paths``, and the call
            is ``make(path, source)``. Defaults to None.

    Returns:
        int: How many were made.

    Raises:
        RuntimeError: If some could not be made. All others are made, unless a process
            dies, for example because a decoder crashes.
    """
    from stcr_mmaction.videos import many_files  # importing the package takes seconds

    given = [paths] if sources is None else [paths, sources]
    calls = list(zip(*given, strict=True))
    missing = sum(not path.exists() for path in paths)
    failures = many_files.make_missing(make, calls, description, workers)
    if failures:
        raise RuntimeError('\n'.join(dict.fromkeys(failures.values())))
    return missing
