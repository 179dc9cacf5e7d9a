"""Classification losses for partly labeled batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from mmaction.structures import ActionDataSample
from mmaction.utils import ForwardResults, SampleList

UNLABELED = -1


def labeled_loss(
    loss: Callable[[ForwardResults, SampleList], dict],
    feats: ForwardResults,
    data_samples: SampleList,
) -> dict:
    """Compute a classification loss and accuracy on the labeled clips only.

    Args:
        loss (Callable): Function of features and samples.
        feats (ForwardResults): (N * M, ...), floating, M rows (images) for each clip, or
            a tuple of such tensors.
        data_samples (SampleList): N samples, one for each clip. Label -1 means unlabeled.

    Returns:
        dict: The result of ``loss`` for the labeled clips, their mean. Without labeled
        clips, losses of zero with zero gradients, since in distributed training all
        processes need gradients for the same parameters.

    Source: the supervised term of semi-supervised learning (FixMatch, Sohn et al.,
        NeurIPS 2020, eq. 3), but with the mean over the labeled clips in the batch (of
        each process); there, batches have a fixed number of them.
    """
    labeled = have_labels(data_samples)
    if all(labeled):
        return loss(feats, data_samples)
    if not any(labeled):
        losses = loss(feats, [_with_dummy_label(sample) for sample in data_samples])
        return {name: 0 * value for name, value in losses.items() if 'loss' in name}
    rows = [row for row, has_label in enumerate(labeled) if has_label]
    feats = take_clips(feats, rows, len(data_samples))
    return loss(feats, [data_samples[row] for row in rows])


def have_labels(data_samples: SampleList) -> list[bool]:
    """Return which samples have a label.

    :class:`CheckedVideoDataset` notes it in the metainfo, which stays on the CPU. For
    other data sets the labels are read, which waits for the device (as MMAction2's heads
    do for the accuracy).

    Args:
        data_samples (SampleList): N samples.

    Returns:
        list[bool]: For each.
    """
    noted = [sample.metainfo.get('labeled') for sample in data_samples]
    if None not in noted:
        return noted
    labels = torch.stack([sample.gt_label for sample in data_samples])
    return (labels.flatten(1) != UNLABELED).all(dim=1).tolist()


def take_clips(
    feats: ForwardResults, rows: Sequence[int], num_clips: int
) -> ForwardResults:
    """Select some clips in features, or in each of a tuple of features."""
    if isinstance(feats, (tuple, list)):
        return tuple(take_clips(feat, rows, num_clips) for feat in feats)
    rows = torch.tensor(rows).to(feats.device, non_blocking=True)
    return feats.unflatten(0, (num_clips, -1)).index_select(0, rows).flatten(0, 1)


def _with_dummy_label(sample: ActionDataSample) -> ActionDataSample:
    return ActionDataSample().set_gt_label(torch.zeros_like(sample.gt_label))
