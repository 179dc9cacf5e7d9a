"""Find the videos most similar to a query video."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure

from ...functional import nearest_neighbors
from ...videos import open_video
from ..own_videos.files import check_free
from ..own_videos.given_videos import gather_videos
from ..own_videos.inference import load_extractor
from ..own_videos.run_folder import open_run
from ..pictures import grid
from .embed import Embeddings, digest_weights, extract

SHOWN_FRAMES = 3


class Hit(NamedTuple):
    """A search result.

    Attributes:
        path (str): The video.
        similarity (float): Cosine similarity of the vectors, -1 to 1, after subtracting
            the mean of all vectors.
    """

    path: str
    similarity: float


def search(
    embeddings: str | Path,
    query: str | Path,
    top: int = 10,
    out: str | Path | None = None,
) -> list[Hit]:
    """Find the videos most similar to a query video.

    Args:
        embeddings (str | Path): A ``.npz`` file of ``embed``.
        query (str | Path): A video; it need not be among the embeddings.
        top (int): Videos to find. Defaults to 10.
        out (str | Path, optional): ``.png`` file to write, with some frames of each
            result. Defaults to None: no file.

    Returns:
        list[Hit]: The most similar first; without the query itself.

    Raises:
        ValueError: If the file is not one of ``embed``, the query cannot be read, or the
            picture exists already.
        OSError: If something cannot be read or written.

    Examples:
        ```python
        embed('runs/mine', 'videos', out='all.npz')
        for hit in search('all.npz', 'query.mp4', top=5):
            print(hit.similarity, hit.path)
        ```
    """
    if top < 1:
        raise ValueError(f'--top must be 1 or more, got {top}')
    if out is not None:
        out = check_free(out, ['.png'])
    known = load_embeddings(embeddings)
    run, paths = open_run(known.run), gather_videos(query)
    if known.weights != digest_weights(run):
        raise ValueError(
            f'{embeddings} is not from the present network of {known.run}, which was '
            'trained since: run `stcr embed` again, with another --out'
        )
    (asked,) = extract([load_extractor(run)], run, paths, '')
    hits = find_nearest(known, asked.features[0], asked.paths[0], top)
    if out is not None:
        figure = draw(asked.paths[0], hits)
        figure.savefig(out, dpi=100)
    return hits


def load_embeddings(path: str | Path) -> Embeddings:
    """Read a file of ``embed``.

    Raises:
        ValueError: If it is not such a file.
    """
    if Path(path).is_dir():
        raise ValueError(f'{path} is a folder: give a .npz file of `stcr embed`')
    try:
        with np.load(path) as file:
            weights = str(file['weights']) if 'weights' in file else ''
            paths, run = file['paths'].tolist(), str(file['run'])
            return Embeddings(paths, file['features'], run, weights)
    except (KeyError, ValueError):
        raise ValueError(f'{path} is no .npz file of `stcr embed`') from None


def find_nearest(known: Embeddings, vector: np.ndarray, path: str, top: int) -> list[Hit]:
    """Rank videos by the similarity of their vectors.

    Args:
        known (Embeddings): Vectors of N videos.
        vector (np.ndarray): (D,), vector of the query.
        path (str): Path of the query. It is left out of the results, also where they
            name it by a link.
        top (int): How many to return.
    """
    center = known.features.mean(axis=0)
    queries = torch.from_numpy(vector - center)[None]
    gallery = torch.from_numpy(known.features - center)
    # One more than asked for, since the query may be among them.
    found = nearest_neighbors(queries, gallery, min(top + 1, len(gallery)))
    similarities, ranked = (values[0].tolist() for values in found)
    hits = [Hit(known.paths[n], s) for n, s in zip(ranked, similarities, strict=True)]
    query = Path(path).resolve()
    return [hit for hit in hits if Path(hit.path).resolve() != query][:top]


def draw(query: str, hits: list[Hit]) -> Figure:
    """Draw some frames of the query and of each hit, one row for each video."""
    rows = [('query', query), *((f'{hit.similarity:.2f}', hit.path) for hit in hits)]
    figure, panels = grid(len(rows), SHOWN_FRAMES, 1.6 * len(rows))
    for row, (label, path) in zip(panels, rows, strict=True):
        for panel, frame in zip(row, _some_frames(path), strict=True):
            panel.imshow(frame)
            panel.set_xticks([])
            panel.set_yticks([])
        row[0].set_ylabel(f'{label}\n{Path(path).name[:24]}', fontsize=8)
    return figure


def _some_frames(path: str) -> np.ndarray:
    reader = open_video(path)
    places = (np.arange(SHOWN_FRAMES) + 0.5) / SHOWN_FRAMES * len(reader)
    return reader.get_batch(places.astype(int)).asnumpy()
