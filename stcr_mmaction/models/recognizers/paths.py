"""The paths of a batch along the axis of views: clean clips, then noise clips."""

from __future__ import annotations

from typing import NamedTuple

from mmaction.utils import ForwardResults, SampleList
from torch import Tensor

TWO_PATHS = 2


class Layout(NamedTuple):
    """The layout of the views of a batch.

    A single path serves as both clean and noise path. ``num_images`` is the number of
    rows of the backbone's input for each clip: T for a 2D recognizer, otherwise 1.
    """

    num_paths: int
    num_clips: int
    num_images: int = 1

    @property
    def num_views(self) -> int:
        """Views, or images, on each path."""
        return self.num_clips * self.num_images

    def split(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """(N * num_paths * num_clips, ...) -> twice (N * num_clips, ...)."""
        return self._split(maps, self.num_clips)

    def clean_path(self, feats: ForwardResults) -> ForwardResults:
        """Select the clean path of a tensor, or of each in a tuple (of pathways)."""
        if isinstance(feats, (tuple, list)):
            return tuple(self.clean_path(feat) for feat in feats)
        return self._split(feats, self.num_views)[0]

    def clean_clips(self, inputs: Tensor) -> Tensor:
        """(N, num_paths * num_clips, C, T, H, W) -> (N * num_clips, C, T, H, W).

        For a 2D recognizer, (N, num_paths * T, C, H, W) -> (N, C, T, H, W).
        """
        clean = inputs[:, : self.num_views]
        return clean.transpose(1, 2) if inputs.ndim == 5 else clean.flatten(0, 1)

    def _split(self, rows: Tensor, of_path: int) -> tuple[Tensor, Tensor]:
        paths = rows.unflatten(0, (-1, self.num_paths, of_path))
        return paths[:, 0].flatten(0, 1), paths[:, -1].flatten(0, 1)


def read_layout(
    inputs: Tensor, data_samples: SampleList, allow_single_path: bool
) -> Layout:
    """Find the layout from the number of views and the noted codes.

    :class:`SiamesePaths` notes a code for each clip of the noise path, that is for half
    of the views. There is a single path if every view has a code
    (:class:`SpatioTemporalTransform` without SiamesePaths), or no view has one.

    Args:
        inputs (Tensor): (N, V, C, T, H, W).
        data_samples (SampleList): N samples.
        allow_single_path (bool): Whether a single path is allowed.

    Returns:
        Layout: Number of paths, and of clips in each.

    Raises:
        ValueError: If the number of views does not fit.
    """
    views = inputs.shape[1]
    if not allow_single_path:
        return Layout(TWO_PATHS, count_clips(inputs))
    codes = data_samples[0].metainfo.get('transform_codes')
    num_clips = views if codes is None else len(codes)
    if inputs.ndim != 6 or views not in (num_clips, TWO_PATHS * num_clips):
        raise ValueError(
            'training needs inputs (N, V, C, T, H, W) with num_clips views on one path, '
            f'2 * num_clips on two; got {tuple(inputs.shape)} with transform_codes='
            f'{codes}: make two paths by SiamesePaths in the train pipeline, or by '
            'SiameseBlending in the data_preprocessor'
        )
    return Layout(views // num_clips, num_clips)


def read_image_layout(inputs: Tensor, data_samples: SampleList) -> Layout:
    """Find the layout of two paths of images, for a 2D recognizer.

    Args:
        inputs (Tensor): (N, 2 * T, C, H, W), clean images, then noise images.
        data_samples (SampleList): N samples, each with the code of its clip.

    Returns:
        Layout: Two paths.

    Raises:
        ValueError: If the images are not two paths of one clip.
    """
    codes = data_samples[0].metainfo.get('transform_codes')
    if inputs.ndim != 5 or inputs.shape[1] % TWO_PATHS or len(codes or ()) != 1:
        raise ValueError(
            'training a Recognizer2D needs inputs (N, 2 * T, C, H, W), the images of one '
            f'clip on two paths, and its code; got {tuple(inputs.shape)} with '
            f'transform_codes={codes}: make the paths by SiameseBlending in the '
            'data_preprocessor, or sample num_clips=1 of clip_len=T frames before '
            'SiamesePaths'
        )
    return Layout(TWO_PATHS, 1, inputs.shape[1] // TWO_PATHS)


def join_images(maps: Tensor, num_images: int) -> Tensor:
    """(N * T, C', H', W'), maps of images, -> (N, C', T, H', W'), of their clips."""
    return maps.unflatten(0, (-1, num_images)).transpose(1, 2)


def count_clips(inputs: Tensor) -> int:
    """Return the number of clips in each of two paths."""
    views = inputs.shape[1]
    if inputs.ndim != 6 or views % TWO_PATHS:
        raise ValueError(
            'training with two paths needs inputs (N, 2 * num_clips, C, T, H, W), got '
            f'{tuple(inputs.shape)}: make the views by SiamesePaths in the train '
            'pipeline, or by SiameseBlending in the data_preprocessor'
        )
    return views // TWO_PATHS


def read_codes(data_samples: SampleList, num_clips: int) -> list[int]:
    """Return the N * num_clips codes of the noise path."""
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
