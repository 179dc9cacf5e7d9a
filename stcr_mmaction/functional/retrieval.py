"""What nearest neighbours say of features: retrieval and classification by vote."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def nearest_neighbours(
    queries: Tensor,
    gallery: Tensor,
    k: int,
    exclude_self: bool = False,
    chunk_size: int = 1024,
) -> tuple[Tensor, Tensor]:
    """Look up the features of a gallery that are most similar to each query.

    Args:
        queries (Tensor): (Q, C), floating, of any length; the cosine decides.
        gallery (Tensor): (G, C), floating.
        k (int): Neighbours of each query, 1 to G.
        exclude_self (bool): Whether gallery and queries are the same samples, and a
            sample is not its own neighbour. Defaults to False.
        chunk_size (int): Queries looked up at a time, which bounds the memory by
            chunk_size * G similarities. Defaults to 1024.

    Returns:
        tuple[Tensor, Tensor]: Cosine similarities (Q, k), falling, and the indices
        (Q, k), int64, of these neighbours in the gallery.

    Raises:
        ValueError: If the gallery has fewer than ``k`` neighbours for a query, or if
            with ``exclude_self`` there are not as many queries as gallery features.

    Source: the lookup of VCOP's retrieval (Xu et al., CVPR 2019, §4.4).
    """
    if exclude_self and len(queries) != len(gallery):
        raise ValueError(
            'exclude_self needs the gallery to be the queries, got '
            f'{len(queries)} queries and a gallery of {len(gallery)}'
        )
    most = len(gallery) - exclude_self
    if not 1 <= k <= most:
        raise ValueError(f'a query has 1 to {most} neighbours, asked for k={k}')
    gallery = F.normalize(gallery, dim=1)
    found = []
    for rows in torch.arange(len(queries), device=queries.device).split(chunk_size):
        similarities = F.normalize(queries[rows], dim=1) @ gallery.T
        if exclude_self:
            similarities.scatter_(1, rows[:, None], -torch.inf)
        found.append(similarities.topk(k))
    similarities, indices = zip(*found, strict=True)
    return torch.cat(similarities), torch.cat(indices)


def retrieval_accuracy(neighbour_labels: Tensor, labels: Tensor) -> Tensor:
    """R@k: how often at least one of the k nearest neighbours has the query's class.

    Args:
        neighbour_labels (Tensor): (Q, k), integer, classes of the neighbours.
        labels (Tensor): (Q,), integer, classes of the queries.

    Returns:
        Tensor: Scalar, float64, 0 to 1. With k = 1 it is the nearest-neighbour accuracy.

    Source: VCOP (Xu et al., CVPR 2019, §4.4), as used since, CoCLR among others.
    """
    return (neighbour_labels == labels[:, None]).any(dim=1).double().mean()


def neighbour_vote(
    similarities: Tensor, neighbour_labels: Tensor, temperature: float = 0.07
) -> Tensor:
    """Classify each query by a vote of its neighbours, the nearer the stronger.

    Args:
        similarities (Tensor): (Q, k), floating, -1 to 1.
        neighbour_labels (Tensor): (Q, k), integer, >= 0, classes of the neighbours.
        temperature (float): A vote weighs exp(similarity / temperature). Defaults to
            0.07, the source's.

    Returns:
        Tensor: (Q,), int64, the class with the most weight, the lowest of equals.

    Source: Wu et al., "Unsupervised feature learning via non-parametric instance
        discrimination", CVPR 2018, §3.4.
    """
    # Weights relative to the nearest neighbour cannot overflow.
    nearest = similarities.amax(dim=1, keepdim=True)
    weights = torch.exp((similarities - nearest) / temperature)
    votes = weights.new_zeros(len(weights), int(neighbour_labels.max()) + 1)
    return votes.scatter_add(1, neighbour_labels, weights).argmax(dim=1)
