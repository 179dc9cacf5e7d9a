"""Check that batches exist and are large enough."""

from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader


@HOOKS.register_module()
class BatchSizeHook(Hook):
    """Refuse, before training, batches that are too small for the model.

    - No batch at all, for example with ``drop_last=True`` and fewer videos than a batch.
    - A single clip in a process, if a part of the model normalizes over the batch, as
      :class:`ProjectionMLP` and :class:`LinearProbeHead` do. Such a part has the
      attribute ``normalizes_clips``.
    - A single clip in all processes, if a loss compares clips with one another. Such a
      loss has the attribute ``compares_clips``.

    Raises:
        ValueError: Before training, in these cases. Says how many clips there are, and
            what to change.

    Source: beyond the paper, whose losses work with one clip.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the smallest batch of an epoch."""
        smallest = smallest_batch(runner.train_dataloader)
        if smallest is None:
            return
        if not smallest:
            raise ValueError(
                'no batch can be made of the train_dataloader: it has '
                f'{len(runner.train_dataloader.batch_sampler.sampler)} videos in a '
                'process, and drop_last=True leaves out a batch that is not full. Lower '
                'batch_size, or leave drop_last out'
            )
        if smallest == 1 and (part := _part_needing_two_clips(runner.model)):
            raise ValueError(
                f'the smallest batch of an epoch has 1 clip, too few for {part}. '
                'Raise train_dataloader.batch_size to 3 or more, and set '
                "train_dataloader.batch_sampler=dict(type='EvenBatchSampler'), which "
                'divides any number of videos, from 2 on, so that no batch has 1 alone'
            )


def smallest_batch(loader: DataLoader) -> int | None:
    """Return the size of the smallest batch of a process.

    Args:
        loader (DataLoader): Data loader with any batch sampler.

    Returns:
        int | None: The number of samples; 0 if there is no batch, None if unknown.
    """
    batches = loader.batch_sampler
    batches = getattr(batches, 'batches', batches)  # inside SeededBatches
    if hasattr(batches, 'sizes'):
        return min(batches.sizes(), default=0)
    if not hasattr(batches, 'batch_size') or not hasattr(batches, 'drop_last'):
        return None
    if not len(loader):
        return 0
    rest = len(batches.sampler) % batches.batch_size
    endless = isinstance(batches.sampler, InfiniteSampler)
    return batches.batch_size if endless or batches.drop_last or not rest else rest


def _part_needing_two_clips(model: nn.Module) -> str | None:
    """Name the part of a model that fails for a batch of one clip."""
    for name, module in model.named_modules():
        kind = f'{name} ({type(module).__name__})'
        if getattr(module, 'normalizes_clips', False):
            return f'{kind}, which normalizes vectors over the clips of a process'
        if getattr(module, 'compares_clips', False) and get_world_size() == 1:
            return f'{kind}, which compares clips with one another'
    return None
