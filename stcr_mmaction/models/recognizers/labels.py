"""Classification of the clips that have a label, beside others that have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from mmaction.structures import ActionDataSample
from mmaction.utils import ForwardResults, SampleList

UNLABELED = -1


def labelled_loss(
    loss: Callable[[ForwardResults, SampleList], dict],
    feats: ForwardResults,
    data_samples: SampleList,
) -> dict:
    """Compute a classification loss, and its accuracy, on the labelled clips alone.

    Args:
        loss (Callable): What to compute of features and samples.
        feats (ForwardResults): (N * M, ...), floating, M rows (images) a clip, or a tuple
            of such.
        data_samples (SampleList): N samples, one a clip. Label -1 is none.

    Returns:
        dict: What ``loss`` gives for the labelled clips, that is the mean over these.
        Without any, losses of zero alone, whose gradients are zeros: each process of
        distributed training has them for the same parameters at each step.

    Source: the supervised term of semi-supervised learning (FixMatch, Sohn et al.,
        NeurIPS 2020, eq. 3), with the mean over the labelled clips of the batch (of each
        process) where batches there hold a fixed number of them.
    """
    labelled = are_labelled(data_samples)
    if all(labelled):
        return loss(feats, data_samples)
    if not any(labelled):
        losses = loss(feats, [_labelled_anyhow(sample) for sample in data_samples])
        return {name: 0 * value for name, value in losses.items() if 'loss' in name}
    rows = [row for row, has_label in enumerate(labelled) if has_label]
    feats = take_clips(feats, rows, len(data_samples))
    return loss(feats, [data_samples[row] for row in rows])


def are_labelled(data_samples: SampleList) -> list[bool]:
    """Tell which samples have a label.

    :class:`CheckedVideoDataset` notes it in the metainfo, which stays on the CPU. For
    the samples of other data sets the labels are read, for which a device is waited for
    (as MMAction2's heads do, for the accuracy).

    Args:
        data_samples (SampleList): N samples.

    Returns:
        list[bool]: For each.
    """
    noted = [sample.metainfo.get('labelled') for sample in data_samples]
    if None not in noted:
        return noted
    labels = torch.stack([sample.gt_label for sample in data_samples])
    return (labels.flatten(1) != UNLABELED).all(dim=1).tolist()


def take_clips(
    feats: ForwardResults, rows: Sequence[int], num_clips: int
) -> ForwardResults:
    """Take some of the clips of features, or of each of a tuple of features."""
    if isinstance(feats, (tuple, list)):
        return tuple(take_clips(feat, rows, num_clips) for feat in feats)
    rows = torch.tensor(rows).to(feats.device, non_blocking=True)
    return feats.unflatten(0, (num_clips, -1)).index_select(0, rows).flatten(0, 1)


def _labelled_anyhow(sample: ActionDataSample) -> ActionDataSample:
    return ActionDataSample().set_gt_label(torch.zeros_like(sample.gt_label))
