"""A video data set that says what is wrong, and where."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmengine.fileio import list_from_file


class VideoError(RuntimeError):
    """A video could not be turned into a training or test sample."""


@DATASETS.register_module()
class CheckedVideoDataset(VideoDataset):
    """:class:`VideoDataset` with every entry checked before the first epoch.

    A line is ``path label``, or ``path`` alone for an unlabelled video (label -1).
    The label is what follows the last delimiter, so paths may contain spaces.

    Args:
        *args (Any): Arguments of :class:`VideoDataset`.
        check_files (bool): Whether to look that each video file is there; turn it off
            for remote storage. Defaults to True.
        gallery (bool): Whether its samples are marked by ``gallery=True`` in their
            metainfo, as those in which :class:`FrozenFeatureMetric` looks up the
            unmarked ones of a ``ConcatDataset``. Defaults to False.
        **kwargs (Any): Arguments of :class:`VideoDataset`. With ``num_classes``, labels
            must be 0 to ``num_classes - 1``.

    Raises:
        FileNotFoundError: If the annotation file or a video is missing.
        ValueError: If the annotation file is empty, a line malformed, or a label out of
            range. The message names file and line.
        VideoError: From an item, if its video cannot be decoded or transformed. The
            message names the video.
    """

    def __init__(
        self,
        *args: Any,
        check_files: bool = True,
        gallery: bool = False,
        **kwargs: Any,
    ) -> None:
        self.check_files = check_files
        self.gallery = gallery
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read and check the annotation file.

        Returns:
            list[dict]: ``filename`` and ``label`` of each video.
        """
        if not osp.isfile(self.ann_file) and '://' not in self.ann_file:
            raise FileNotFoundError(f'annotation file {self.ann_file!r} does not exist')
        if self.multi_class:
            data_list = super().load_data_list()
        else:
            lines = enumerate(list_from_file(self.ann_file), start=1)
            data_list = [self._parse(line, n) for n, line in lines if line.strip()]
        if not data_list:
            raise ValueError(f'annotation file {self.ann_file!r} lists no video')
        if self.check_files:
            self._check_files(data_list)
        return data_list

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline, and name the video if that fails."""
        try:
            sample = super().prepare_data(idx)
            if self.gallery:
                sample['data_samples'].set_metainfo(dict(gallery=True))
            return sample
        except Exception as error:  # decoders raise RuntimeError, DECORDError, IndexError
            filename = self.get_data_info(idx)['filename']
            reason = f'{type(error).__name__}: {error}'
            raise VideoError(f'cannot load video {filename!r}: {reason}') from error

    def _parse(self, line: str, number: int) -> dict:
        path, _, label = line.strip().rpartition(self.delimiter)
        if not path:  # no delimiter: an unlabelled video
            path, label = label, '-1'
        try:
            label = int(label)
        except ValueError:
            raise ValueError(
                f'{self.ann_file}:{number}: expected "path{self.delimiter}label" with an '
                f'integer label, got {line!r}'
            ) from None
        self._check_label(label, number)
        return dict(filename=osp.join(self.data_prefix['video'] or '', path), label=label)

    def _check_label(self, label: int, number: int) -> None:
        unlabelled = self.num_classes is None and label == -1
        if not unlabelled and not 0 <= label < (self.num_classes or float('inf')):
            allowed = f'0 to {self.num_classes - 1}' if self.num_classes else '0 or above'
            raise ValueError(
                f'{self.ann_file}:{number}: label {label} is out of range, labels are '
                f'{allowed}'
            )

    def _check_files(self, data_list: list[dict]) -> None:
        names = [data['filename'] for data in data_list if '://' not in data['filename']]
        missing = [name for name in names if not osp.isfile(name)]
        if missing:
            shown = ', '.join(map(repr, missing[:3]))
            raise FileNotFoundError(
                f'{len(missing)} of {len(names)} videos listed in {self.ann_file!r} do '
                f'not exist: {shown}{", …" if len(missing) > 3 else ""}; check '
                'data_prefix=dict(video=...)'
            )
