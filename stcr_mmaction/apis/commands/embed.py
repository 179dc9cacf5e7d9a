"""Turn videos into vectors."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from ...videos import digest_file, write_atomically
from ..own_videos.console import tell
from ..own_videos.files import check_free
from ..own_videos.given_videos import gather_videos
from ..own_videos.inference import find_newest, load_extractor, show_videos
from ..own_videos.run_folder import Run, open_run

SUFFIXES = '.npz', '.csv', '.parquet'


class Embeddings(NamedTuple):
    """Feature vectors of videos.

    Attributes:
        paths (list[str]): Absolute paths of N videos.
        features (np.ndarray): (N, D), float32.
        run (str): Folder of the run whose network computed them.
        weights (str): Digest of the weights of that network.
    """

    paths: list[str]
    features: np.ndarray
    run: str
    weights: str = ''


def embed(
    run: str | Path,
    videos: Sequence[str | Path] | str | Path,
    out: str | Path | None = None,
) -> Embeddings:
    """Compute a feature vector for each video, by the newest network of a run.

    Features are averaged over space and over the clips of a video. The time steps of a
    clip are concatenated.

    Args:
        run (str | Path): Folder of the run.
        videos (Sequence[str | Path] | str | Path): Files and folders.
        out (str | Path, optional): File to write: ``.npz`` with the attributes of
            :class:`Embeddings`, or ``.csv`` or ``.parquet`` with one row for each video.
            Defaults to None: no file.

    Returns:
        Embeddings: For all videos that can be read; a message names the others.

    Raises:
        ValueError: If no video can be read, the run has no weights, or the file exists
            already or has another suffix.
        OSError: If something cannot be read or written.

    Examples:
        ```python
        vectors = embed('runs/mine', 'videos')
        vectors.features[0]  # of vectors.paths[0]
        ```
    """
    if out is not None:
        out = check_free(out, SUFFIXES)
        _check_parquet(out)
    opened, paths = open_run(run), gather_videos(videos)
    (found,) = extract([load_extractor(opened)], opened, paths, 'embed')
    found = found._replace(weights=digest_weights(opened))
    if out is not None:
        with write_atomically(out) as part:
            _write(found, out.suffix, part)
    return found


def extract(
    models: Sequence[nn.Module], run: Run, paths: Sequence[Path], title: str
) -> list[Embeddings]:
    """Compute feature vectors by each model; print which videos cannot be read.

    Args:
        models (Sequence[nn.Module]): Models from :func:`load_extractor`.
        run (Run): Run of the model.
        paths (Sequence[Path]): The videos.
        title (str): Title of the progress bar.

    Raises:
        ValueError: If no video can be read.
    """
    names, features = [], []
    for path, samples in show_videos(models, run, paths, title):
        if isinstance(samples, str):
            tell(f'left out: {path}: {samples}')
            continue
        names.append(os.path.abspath(path))
        features.append([s.video_features.float().cpu().numpy() for s in samples])
    if not features:
        raise ValueError(f'none of the {len(paths)} videos can be read')
    of_models = map(np.stack, zip(*features, strict=True))
    return [Embeddings(names, of_model, str(run.folder)) for of_model in of_models]


def digest_weights(run: Run) -> str:
    """Return a digest of the newest weights, which other networks do not have."""
    _, weights = find_newest(run)
    return digest_file(weights)


def _check_parquet(out: Path) -> None:
    if out.suffix == '.parquet' and find_spec('pyarrow') is None:
        raise ValueError(
            f'{out}: .parquet needs pyarrow: `pip install pyarrow`, or write .npz or .csv'
        )


def _write(found: Embeddings, suffix: str, out: Path) -> None:
    if suffix == '.npz':
        with out.open('wb') as file:
            np.savez(file, **found._asdict())
        return
    names = ['path', *(f'feature_{n}' for n in range(found.features.shape[1]))]
    if suffix == '.csv':
        rows = zip(found.paths, found.features.tolist(), strict=True)
        with out.open('w', newline='') as file:
            csv.writer(file).writerows([names, *([p, *values] for p, values in rows)])
        return
    columns = dict(zip(names[1:], found.features.T, strict=True))
    _write_parquet({'path': found.paths, **columns}, out)


def _write_parquet(columns: dict, out: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), out)
