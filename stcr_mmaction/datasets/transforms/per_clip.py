"""Apply transforms to each clip of a sample separately."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from .augmentation import ClipAugmentation


@TRANSFORMS.register_module()
class PerClip(BaseTransform):
    """Run transforms on each clip separately, so that each gets its own random crop.

    If clips have the same crop, a network can solve pretext tasks by their background
    instead of motion.

    Required keys: ``imgs``, ``num_clips``. Modified keys: ``imgs``, a list of num_clips *
    T frames, and other keys that the transforms change, with the values of the last clip.

    Args:
        transforms (Sequence[dict | Callable]): Transforms that draw once for each sample,
            such as ``RandomCrop`` or ``Flip``.

    Raises:
        ValueError: If a transform is a :class:`ClipAugmentation`, which needs no PerClip.

    Source: the crops of clip order prediction (Xu et al., CVPR 2019).
    """

    def __init__(self, transforms: Sequence[dict | Callable]) -> None:
        built = [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in transforms]
        if any(isinstance(t, ClipAugmentation) for t in built):
            raise ValueError(
                'augmentations of clips draw for each clip as they are, RandomClipCrop '
                'with per_clip=True: take them out of PerClip'
            )
        self.transforms = Compose(built)

    def transform(self, results: dict) -> dict:
        """Split the clips, transform each, and join them."""
        num_clips = results['num_clips']
        size = len(results['imgs']) // num_clips
        clips = [results['imgs'][n * size : (n + 1) * size] for n in range(num_clips)]
        done = [self.transforms({**results, 'imgs': c, 'num_clips': 1}) for c in clips]
        frames = [frame for clip in done for frame in clip['imgs']]
        return {**done[-1], 'imgs': frames, 'num_clips': num_clips}

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.transforms})'
