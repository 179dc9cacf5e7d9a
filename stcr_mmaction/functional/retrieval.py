"""Nearest neighbors of features: retrieval and k-NN classification."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def nearest_neighbors(
    queries: Tensor,
    gallery: Tensor,
    k: int,
    exclude_self: bool = False,
    chunk_size: int = 1024,
) -> tuple[Tensor, Tensor]:
    """Find the most similar features of a gallery for each query.

    Args:
        queries (Tensor): (Q, C), floating; they are compared by cosine similarity.
        gallery (Tensor): (G, C), floating.
        k (int): Number of neighbors, 1 to G.
        exclude_self (bool): Set it if gallery and queries are the same samples, so that
            no sample is its own neighbor. Defaults to False.
        chunk_size (int): Queries processed at a time; memory is needed for chunk_size * G
            similarities. Defaults to 1024.

    Returns:
        tuple[Tensor, Tensor]: Cosine similarities (Q, k), descending, and gallery indices
        (Q, k), int64, of the neighbors.

    Raises:
        ValueError: If the gallery has fewer than ``k`` neighbors for a query, or with
            ``exclude_self``, if the numbers of queries and gallery features differ.

    Examples:
        >>> gallery = torch.tensor([[1.0, 0], [0, 1], [1, 1]])
        >>> _, indices = nearest_neighbors(torch.tensor([[2.0, 1]]), gallery, k=2)
        >>> indices.tolist()
        [[2, 0]]

    Source: the lookup of VCOP's retrieval (Xu et al., CVPR 2019, §4.4).
    """
    if exclude_self and len(queries) != len(gallery):
        raise ValueError(
            'exclude_self needs the gallery to be the queries, got '
            f'{len(queries)} queries and a gallery of {len(gallery)}'
        )
    most = len(gallery) - exclude_self
    if not 1 <= k <= most:
        raise ValueError(f'a query has 1 to {most} neighbors, asked for k={k}')
    gallery = F.normalize(gallery, dim=1)
    found = []
    for rows in torch.arange(len(queries), device=queries.device).split(chunk_size):
        similarities = F.normalize(queries[rows], dim=1) @ gallery.T
        if exclude_self:
            similarities.scatter_(1, rows[:, None], -torch.inf)
        found.append(similarities.topk(k))
    similarities, indices = zip(*found, strict=True)
    return torch.cat(similarities), torch.cat(indices)


def retrieval_accuracy(neighbor_labels: Tensor, labels: Tensor) -> Tensor:
    """Compute R@k: how often one of the k nearest neighbors has the query's class.

    Args:
        neighbor_labels (Tensor): (Q, k), integer, classes of the neighbors.
        labels (Tensor): (Q,), integer, classes of the queries.

    Returns:
        Tensor: Scalar, float64, 0 to 1. With k = 1 it is the nearest-neighbor accuracy.

    Examples:
        >>> neighbor_labels, labels = torch.tensor([[1, 0], [2, 2]]), torch.tensor([0, 1])
        >>> float(retrieval_accuracy(neighbor_labels, labels))  # R@2
        0.5

    Source: VCOP (Xu et al., CVPR 2019, §4.4), as used since, CoCLR among others.
    """
    return (neighbor_labels == labels[:, None]).any(dim=1).double().mean()


def neighbor_vote(
    similarities: Tensor, neighbor_labels: Tensor, temperature: float = 0.07
) -> Tensor:
    """Classify each query by a weighted vote of its neighbors.

    Args:
        similarities (Tensor): (Q, k), floating, -1 to 1.
        neighbor_labels (Tensor): (Q, k), integer, >= 0, classes of the neighbors.
        temperature (float): A vote has weight exp(similarity / temperature). Defaults to
            0.07, as in the source.

    Returns:
        Tensor: (Q,), int64, the class with the largest weight; the lowest if equal.

    Examples:
        >>> similarities = torch.tensor([[0.9, 0.5, 0.5]])  # one near, two far
        >>> neighbor_vote(similarities, torch.tensor([[1, 0, 0]])).tolist()
        [1]

    Source: Wu et al., "Unsupervised feature learning via non-parametric instance
        discrimination", CVPR 2018, §3.4.
    """
    # Relative to the nearest neighbor, so that exp cannot overflow.
    nearest = similarities.amax(dim=1, keepdim=True)
    weights = torch.exp((similarities - nearest) / temperature)
    votes = weights.new_zeros(len(weights), int(neighbor_labels.max()) + 1)
    return votes.scatter_add(1, neighbor_labels, weights).argmax(dim=1)
