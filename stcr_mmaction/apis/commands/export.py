"""Export a trained network to other formats."""

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
"""Allowed error relative to the largest output: libraries sum in another order."""


def export(run: Path, to: str, out: Path | None = None) -> Path:
    """Export the newest network of a run.

    After fine-tuning, this is the classifier (one clip -> class scores). Otherwise it is
    the backbone (one clip -> features averaged over time and space). The exported file is
    loaded and compared with the network on random clips before it is kept.

    Args:
        run (Path): Folder of the run.
        to (str): ``'mmaction2'``, a checkpoint for stock MMAction2 and a config of the
            same name; that of a classifier has a ``test_pipeline``. ``'torchscript'`` or
            ``'onnx'``, programs that take clips (N, 3, T, H, W), 0 to 255, and normalize
            them. N is free; clips are floating, for TorchScript also uint8.
            ``'safetensors'``, weights, with the configs, mean, std and clip shape as
            metadata.
        out (Path, optional): The file. Defaults to None: ``RUN/exported/classifier`` or
            ``RUN/exported/backbone``.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the run has no weights, the format is unknown or needs a missing
            package, the file exists already, or its outputs differ.
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
    """Write the file, and compare its outputs."""
    clips = exported.draw_clips()
    expected = run_as_mmaction2(exported, clips)
    try:
        found = kind.write(exported, path)(clips)
    except RuntimeError as error:  # the format does not support the network
        reason = str(error).strip().partition('\n')[0]
        raise ValueError(f'the network cannot be written as {to}: {reason}') from error
    _compare(found, expected, to)


def _compare(found: torch.Tensor, expected: torch.Tensor, to: str) -> None:
    if found.shape != expected.shape:
        raise ValueError(
            f'as {to} the network returns {tuple(found.shape)} instead of '
            f'{tuple(expected.shape)}: choose another format'
        )
    error = (found - expected).abs().max() / expected.abs().max()
    if not error <= TOLERANCE:
        raise ValueError(
            f'as {to} the network returns numbers that differ by {error:.1%}: choose '
            'another format'
        )
