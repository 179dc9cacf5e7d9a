"""The two paths of a batch: clean clips, then noise clips, on the axis of views."""

from __future__ import annotations

from mmaction.utils import ForwardResults, SampleList
from torch import Tensor


def count_clips(inputs: Tensor) -> int:
    """Return num_clips of each path."""
    views = inputs.shape[1]
    if inputs.ndim != 6 or views % 2:
        raise ValueError(
            'training with two paths needs inputs (N, 2 * num_clips, C, T, H, W), got '
            f'{tuple(inputs.shape)}: make the views by SiamesePaths in the train pipeline'
        )
    return views // 2


def split_paths(maps: Tensor, num_clips: int) -> tuple[Tensor, Tensor]:
    """(N * 2 * num_clips, ...) -> twice (N * num_clips, ...)."""
    paths = maps.unflatten(0, (-1, 2, num_clips))
    return paths[:, 0].flatten(0, 1), paths[:, 1].flatten(0, 1)


def clean_path(feats: ForwardResults, num_clips: int) -> ForwardResults:
    """Take the clean path of a tensor, or of each of a tuple (of pathways)."""
    if isinstance(feats, (tuple, list)):
        return tuple(clean_path(feat, num_clips) for feat in feats)
    return split_paths(feats, num_clips)[0]


def read_codes(data_samples: SampleList, num_clips: int) -> list[int]:
    """Return the codes of the noise path, N * num_clips of them."""
    codes = []
    for sample in data_samples:
        drawn = sample.metainfo.get('transform_codes')
        if drawn is None or len(drawn) != num_clips:
            raise ValueError(
                f'a data sample has transform_codes={drawn}, but its noise path has '
                f"{num_clips} clips: list 'transform_codes' in "
                'PackActionInputs(meta_keys=...), and make the paths by SiamesePaths'
            )
        codes.extend(drawn)
    return codes
