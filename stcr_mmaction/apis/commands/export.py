"""Write what was learned for use elsewhere."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import torch

from ..network import load_network
from ..own_videos.export_formats import FORMATS, Format
from ..own_videos.exported import Exported, prepare, run_as_mmaction2
from ..own_videos.files import check_free
from ..own_videos.inference import read_classes
from ..own_videos.run_folder import open_run

TOLERANCE = 1e-3
"""Of the largest number that the network gives; libraries add up in other orders."""


def export(run: Path, to: str, out: Path | None = None) -> Path:
    """Write the newest network of a run as a file of another format.

    If the run was fine-tuned, it is the classifier, of one clip -> scores of the classes;
    else the backbone -> features, the mean over time and space. The file is read again
    and compared with the network on random clips before it gets its name.

    Args:
        run (Path): Folder of the run.
        to (str): ``'mmaction2'``, a checkpoint for stock MMAction2, and a config of the
            same name beside it; the classifier's has a ``test_pipeline``.
            ``'torchscript'`` or ``'onnx'``, programs of clips (N, 3, T, H, W), 0 to 255,
            which are normalized inside; any N; floating, for TorchScript also uint8.
            ``'safetensors'``, weights, with configs, mean, std and clip shape as
            metadata.
        out (Path, optional): The file. Defaults to None: in the folder of the run, by the
            name of what it holds.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the run has no weights, the format is unknown or needs a package
            that is missing, the file is there already, or it does not compute the same.
        OSError: If something cannot be read or written.
    """
    if to not in FORMATS:
        raise ValueError(f'--to must be one of {", ".join(FORMATS)}, got {to!r}')
    path = _find_place(Path(run), to, out)
    exported = _load(run)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix='.export-') as folder:
        _write(exported, FORMATS[to], Path(folder) / path.name, to)
        for file in Path(folder).iterdir():
            shutil.move(file, path.parent)
    return path


def _find_place(run: Path, to: str, out: Path | None) -> Path:
    suffix = FORMATS[to].suffix
    if out is None:
        name = 'classifier' if open_run(run).classifier() else 'backbone'
        out = run / 'exported' / f'{name}{suffix}'
    path = check_free(out, [suffix])
    if to == 'mmaction2':
        check_free(path.with_suffix('.py'), ['.py'])
    return path


def _load(run: Path) -> Exported:
    opened = open_run(run)
    classifier = opened.classifier()
    config, checkpoint = classifier or (opened.config, opened.weights())
    network = load_network(str(config), str(checkpoint))
    return prepare(network, read_classes(opened) if classifier else ())


@torch.no_grad()
def _write(exported: Exported, kind: Format, path: Path, to: str) -> None:
    """Write, and compare."""
    clips = exported.draw_clips()
    expected = run_as_mmaction2(exported, clips)
    try:
        found = kind.write(exported, path)(clips)
    except RuntimeError as error:  # of a network that the format does not know
        reason = str(error).strip().partition('\n')[0]
        raise ValueError(f'the network cannot be written as {to}: {reason}') from error
    _compare(found, expected, to)


def _compare(found: torch.Tensor, expected: torch.Tensor, to: str) -> None:
    if found.shape != expected.shape:
        raise ValueError(
            f'as {to} the network gives {tuple(found.shape)} in place of '
            f'{tuple(expected.shape)}: choose another format'
        )
    error = (found - expected).abs().max() / expected.abs().max()
    if not error <= TOLERANCE:
        raise ValueError(
            f'as {to} the network gives numbers that differ by {error:.1%}: choose '
            'another format'
        )
