"""How mmengine writes checkpoints, and finds them again."""

import functools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mmengine.runner.checkpoint
import mmengine.runner.runner
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.logging import print_log


def write_files_whole() -> None:
    """Let a local file be there as a whole, or not at all.

    Symptom: a kill or a full disk while a checkpoint is written leaves half a file under
    its name; if that name was there before, as when the best score is noted, the good
    file is lost.
    Thread: none known.
    Fix: `LocalBackend.put` writes beside the file and renames.
    Can go: when mmengine does so.
    """

    def put(self: LocalBackend, obj: bytes, filepath: str | Path) -> None:
        write_whole(Path(filepath), obj)

    LocalBackend.put = put


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that another process sees whole, or not at all.

    Args:
        path (Path): The file; its folder is made.
        content (bytes): All of it.

    Raises:
        OSError: If it cannot be written; what was there is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.{path.name}.part')
    try:
        with part.open('wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def remove_checkpoints_last() -> None:
    """Let old checkpoints go after the new one is written, not before.

    Symptom: with `max_keep_ckpts=1`, a kill or a full disk leaves no checkpoint at all;
    with `save_best`, none that is the best.
    Thread: none known.
    Fix: `CheckpointHook` removes files at the end of its methods that save.
    Can go: when mmengine saves first.
    """
    for name in ('_save_checkpoint_with_step', '_save_best_checkpoint'):
        stock = getattr(CheckpointHook, name)
        if not hasattr(stock, '__wrapped__'):
            setattr(CheckpointHook, name, _removing_last(stock))


def _removing_last(save: Callable) -> Callable:
    @functools.wraps(save)
    def save_and_remove(self: CheckpointHook, *args: Any, **kwargs: Any) -> None:
        with _removals_put_off(self):
            save(self, *args, **kwargs)

    return save_and_remove


class _PutOff:
    """A file backend that only notes what it is to remove."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._removals: list[tuple[Callable, str]] = []

    def __getattr__(self, name: str) -> Any:
        stock = getattr(self._backend, name)
        if name in ('remove', 'rmtree'):
            return lambda path: self._removals.append((stock, path))
        return stock

    def remove_now(self, kept: set[str]) -> None:
        for remove, path in self._removals:
            if path not in kept:
                remove(path)


@contextmanager
def _removals_put_off(hook: CheckpointHook) -> Iterator[None]:
    stock = hook.file_backend
    if isinstance(stock, _PutOff):  # the best checkpoint saves the last one once more
        yield
        return
    hook.file_backend = put_off = _PutOff(stock)
    try:
        yield
    finally:
        hook.file_backend = stock
    best = {
        getattr(hook, 'best_ckpt_path', None),
        *getattr(hook, 'best_ckpt_path_dict', {}).values(),
    }
    put_off.remove_now({hook.last_ckpt, *best})


def resume_from_what_is_there() -> None:
    """Let `--resume` find a run's last checkpoint wherever the run's folder is now.

    Symptom: a copied or moved run resumes from its old folder, or fails; a kill while
    `last_checkpoint` is written leaves an empty name, and `--resume` fails.
    Thread: none known.
    Fix: `find_latest_checkpoint` looks in the folder itself.
    Can go: when mmengine writes names in place of absolute paths, and whole.
    """
    for module in (mmengine.runner, mmengine.runner.checkpoint, mmengine.runner.runner):
        module.find_latest_checkpoint = find_latest_checkpoint


def find_latest_checkpoint(path: str) -> str | None:
    """Find the checkpoint that a run goes on with.

    Args:
        path (str): Folder of the run.

    Returns:
        str | None: The file that `last_checkpoint` names, in this folder if it is there;
        if there is none, the `epoch_*.pth` or `iter_*.pth` that was written last, or of
        one time has the highest number; None without any.
    """
    folder = Path(path)
    note = folder / 'last_checkpoint'
    named = note.read_text().strip() if note.is_file() else ''
    for file in (folder / Path(named).name, Path(named)):
        if named and file.exists():
            return str(file)
    files = [f for f in folder.glob('*.pth') if re.fullmatch(r'(epoch|iter)_\d+', f.stem)]
    newest = max(files, key=_written, default=None)
    print_log(
        f'{note} does not name a checkpoint that is there; found {newest or "no other"}',
        logger='current',
    )
    return newest and str(newest)


def _written(file: Path) -> tuple[float, int]:
    return file.stat().st_mtime, int(file.stem.split('_')[1])
