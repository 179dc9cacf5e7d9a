"""A video data set that checks its entries and reports damaged videos."""

from __future__ import annotations

import logging
import os.path as osp
from collections import defaultdict
from typing import Any

import numpy as np
from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS
from mmaction.structures import ActionDataSample
from mmengine.dist import is_main_process
from mmengine.fileio import list_from_file
from mmengine.logging import print_log

from ..checks import check_renamed
from .annotations import parse_line


class VideoError(RuntimeError):
    """A video could not be turned into a training or test sample.

    Args:
        message (str): What is wrong.
        filename (str): The video, if there is one. Defaults to ''.
    """

    # A worker of a data loader passes only the message to the main process.
    def __init__(self, message: str, filename: str = '') -> None:
        super().__init__(message)
        self.filename = filename


class VideoSkipped(VideoError):
    """The pipeline skips a video on purpose."""


@DATASETS.register_module()
class CheckedVideoDataset(VideoDataset):
    """:class:`VideoDataset` that checks every entry and counts every failure.

    A line is ``path label``, or ``path`` alone for an unlabeled video (label -1).
    The label follows the last delimiter, so paths may contain spaces.

    In training, a video that the pipeline skips by returning None is replaced as well,
    whatever ``on_error`` is, and noted as ``skipped``. :class:`DamagedVideosHook` counts
    replaced and skipped videos. Without it, each process that loads videos logs each of
    them once.

    Args:
        *args (Any): Arguments of :class:`VideoDataset`.
        on_error (str): What to do with a video that cannot be decoded, or that the
            pipeline refuses. ``'raise'``: stop the run with an error that names the
            video. ``'replace'``, in training: load another random video; the metainfo of
            its data sample has ``replaced``, a list of (file, reason), which
            :class:`DamagedVideosHook` counts. ``'count_as_wrong'``, in a test: load the
            next video with label -1, which no prediction matches; its metainfo has the
            reason as ``damaged``, and ``damaged_label``, which :class:`CheckedAccMetric`
            uses. Defaults to 'raise'.
        max_attempts (int): After this many failures in a row the run stops anyway, since
            the cause is probably not the videos. Defaults to 10. (For skipped videos the
            limit is BaseDataset's ``max_refetch``, 1000.)
        check_files (bool): Whether to check that each video file exists; turn it off for
            remote storage. Defaults to True.
        gallery (bool): Whether to mark the samples by ``gallery=True`` in their metainfo.
            :class:`FrozenFeatureMetric` looks up the other samples of a ``ConcatDataset``
            among the marked ones. Defaults to False.
        labeled_fraction (float, optional): Share of labels to train with, above 0, at
            most 1. In each class this share of videos, rounded, but at least one, keep
            their label; the others get -1. Defaults to None: all labels of the file.
        labeled_seed (int): Seed of this choice. It does not depend on the order of the
            lines or the folder of the videos. A larger fraction contains a smaller one.
            Defaults to 0.
        labeled_only (bool): Whether to leave out videos without a label, for supervised
            training. Defaults to False.
        **kwargs (Any): Arguments of :class:`VideoDataset`. With ``num_classes``, labels
            must be 0 to ``num_classes - 1``; leave it out for a file that lists
            unlabeled videos too.

    Raises:
        FileNotFoundError: If the annotation file or a video is missing.
        ValueError: If the annotation file is empty, a line is malformed, or a label is
            out of range; the message names file and line. If ``labeled_fraction`` is out
            of range or used for a test, or if it or ``labeled_only`` is used for videos
            with several labels or none. If ``on_error`` is unknown or not possible here,
            or ``max_attempts`` is below 1.
        VideoError: When loading a video fails and ``on_error`` does not replace it; the
            message names the video.
    """

    log_replaced = True  # DamagedVideosHook turns it off, as it logs them itself

    def __init__(
        self,
        *args: Any,
        on_error: str = 'raise',
        max_attempts: int = 10,
        check_files: bool = True,
        gallery: bool = False,
        labeled_fraction: float | None = None,
        labeled_seed: int = 0,
        labeled_only: bool = False,
        **kwargs: Any,
    ) -> None:
        check_renamed(
            kwargs,
            labelled_fraction='labeled_fraction',
            labelled_seed='labeled_seed',
            labelled_only='labeled_only',
        )
        self.on_error = on_error
        self.max_attempts = max_attempts
        self.check_files = check_files
        self.gallery = gallery
        self.labeled_fraction = labeled_fraction
        self.labeled_seed = labeled_seed
        self.labeled_only = labeled_only
        self._logged: set[str] = set()
        super().__init__(*args, **kwargs)
        self._check_on_error()

    def load_data_list(self) -> list[dict]:
        """Read and check the annotation file.

        Returns:
            list[dict]: ``filename`` and ``label`` of each video, -1 if there is none.
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
        if self.labeled_fraction is not None:
            self._check_fraction(data_list)
            hide_labels(data_list, self.labeled_fraction, self.labeled_seed)
        return self._leave_out_unlabeled(data_list)

    def __getitem__(self, idx: int) -> Any:
        """Load a sample, or another one if it fails, see ``on_error``."""
        wanted, failed = idx, dict(replaced=[], skipped=[])
        while True:
            try:
                sample = super().__getitem__(idx)
                break
            except VideoError as error:
                self._note_failure(error, failed)
                idx = self._next(idx)
        if any(failed.values()):
            self._note_replacement(sample['data_samples'], wanted, failed)
        return sample

    def _next(self, idx: int) -> int:
        return (idx + 1) % len(self) if self.test_mode else self._rand_another()

    def _note_failure(self, error: VideoError, failed: dict[str, list]) -> None:
        """Note a video that fails; raise an error if it may not be replaced."""
        kind = 'skipped' if isinstance(error, VideoSkipped) else 'replaced'
        if kind == 'replaced' and self.on_error == 'raise':
            raise error
        failed[kind].append((error.filename, str(error)))
        self._check_attempts(failed)

    def _note_replacement(
        self, data_sample: ActionDataSample, idx: int, failed: dict[str, list]
    ) -> None:
        """Note in the metainfo which videos the sample replaces."""
        if self.test_mode:
            label = self.get_data_info(idx)['label']
            data_sample.set_gt_label(-1)
            reason = failed['replaced'][0][1]
            data_sample.set_metainfo(
                dict(self._make_metainfo(idx), damaged=reason, damaged_label=label)
            )
            return
        data_sample.set_metainfo({kind: some for kind, some in failed.items() if some})
        if self.log_replaced:
            self._log([entry for some in failed.values() for entry in some])

    def _log(self, failed: list[tuple[str, str]]) -> None:
        for filename, reason in failed:
            if filename not in self._logged:
                self._logged.add(filename)
                # mmengine's loggers do not print warnings of other processes.
                print_log(
                    f'replaced by another video: {reason}',
                    logger='current' if is_main_process() else None,
                    level=logging.WARNING,
                )

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline; raise an error that names the video if it fails."""
        data = dict(self.get_data_info(idx), skipped=[])
        filename = data['filename']
        try:
            sample = self.pipeline(data)
        except Exception as error:  # decoders raise RuntimeError, DECORDError, IndexError
            reason = f'{type(error).__name__}: {error}'
            message = f'cannot load video {filename!r}: {reason}'
            raise VideoError(message, filename) from error
        if sample is None:
            reason = '; '.join(data['skipped']) or f'the pipeline skips {filename!r}'
            kind = VideoError if self.test_mode else VideoSkipped
            raise kind(reason, filename)
        if isinstance(sample, dict) and 'data_samples' in sample:
            sample['data_samples'].set_metainfo(self._make_metainfo(idx))
        return sample

    def _make_metainfo(self, idx: int) -> dict:
        """Note facts in the metainfo, so that reading them does not wait for the GPU."""
        data = self.get_data_info(idx)
        labeled = self.multi_class or data['label'] != -1
        marks = dict(labeled=labeled, video=data['filename'])
        return dict(marks, gallery=True) if self.gallery else marks

    def _check_on_error(self) -> None:
        helpful = 'count_as_wrong' if self.test_mode else 'replace'
        if self.on_error == 'count_as_wrong' and self.multi_class:
            raise ValueError("on_error='count_as_wrong' is for one label a video")
        if self.on_error not in ('raise', helpful):
            raise ValueError(
                f"on_error is 'raise' or, with test_mode={self.test_mode}, {helpful!r}; "
                f'got {self.on_error!r}'
            )
        if self.max_attempts < 1:
            raise ValueError(f'max_attempts must be 1 or more, got {self.max_attempts}')

    def _check_attempts(self, failed: dict[str, list]) -> None:
        replaced, skipped = (
            [reason for _, reason in failed[kind]] for kind in ('replaced', 'skipped')
        )
        if self.test_mode and len(replaced) >= len(self):
            raise VideoError(
                f'none of the {len(self)} videos can be loaded, as: {replaced[0]}'
            )
        if len(replaced) >= self.max_attempts:
            reasons = '\n'.join(replaced)
            raise VideoError(
                f'{len(replaced)} videos in a row cannot be loaded, so something else '
                f'than the videos may be wrong:\n{reasons}'
            )
        if len(skipped) > self.max_refetch:
            reasons = '; '.join(list(dict.fromkeys(skipped))[:3])
            raise VideoError(
                f'{len(skipped)} videos in a row, drawn from {self.ann_file!r}, are left '
                f'out by the pipeline, as: {reasons}'
            )

    def _check_fraction(self, data_list: list[dict]) -> None:
        if not 0 < self.labeled_fraction <= 1:
            raise ValueError(
                'labeled_fraction must be above 0 and at most 1, got '
                f'{self.labeled_fraction!r}'
            )
        if self.test_mode or self.multi_class:
            raise ValueError(
                'labeled_fraction is for training with one label a video: leave it out '
                f'of the test, and with multi_class; got {self.ann_file!r} with '
                f'test_mode={self.test_mode}, multi_class={self.multi_class}'
            )
        if all(data['label'] < 0 for data in data_list):
            raise ValueError(
                f'labeled_fraction={self.labeled_fraction} of the labels in '
                f'{self.ann_file!r}, but it has none'
            )

    def _leave_out_unlabeled(self, data_list: list[dict]) -> list[dict]:
        if not self.labeled_only:
            return data_list
        if self.multi_class:
            raise ValueError(
                'labeled_only is for one label a video: leave it out with multi_class'
            )
        labeled = [data for data in data_list if data['label'] != -1]
        if not labeled:
            raise ValueError(
                f'labeled_only=True, but no video in {self.ann_file!r} has a label'
            )
        print_log(
            f'labeled_only: {len(labeled)} of {len(data_list)} videos in '
            f'{self.ann_file!r} have a label, the others are left out',
            logger='current',
        )
        return labeled

    def _parse(self, line: str, number: int) -> dict:
        path, label = parse_line(line, self.delimiter)
        doubtful = label is None and self.delimiter in path
        if doubtful and (self.num_classes is not None or not self.check_files):
            raise ValueError(
                f'{self.ann_file}:{number}: expected "path{self.delimiter}label" with an '
                f'integer label, got {line!r}'
            )
        label = -1 if label is None else label
        self._check_label(label, number)
        return dict(filename=osp.join(self.data_prefix['video'] or '', path), label=label)

    def _check_label(self, label: int, number: int) -> None:
        unlabeled = self.num_classes is None and label == -1
        if not unlabeled and not 0 <= label < (self.num_classes or float('inf')):
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
            other_reading = self._suggest_label(data_list, missing)
            raise FileNotFoundError(
                f'{len(missing)} of {len(names)} videos listed in {self.ann_file!r} do '
                f'not exist: {shown}{", …" if len(missing) > 3 else ""}; check '
                f'data_prefix=dict(video=...){other_reading}'
            )

    def _suggest_label(self, data_list: list[dict], missing: list[str]) -> str:
        """Suggest a fix for a line that was read as a path without label."""
        unlabeled = {data['filename'] for data in data_list if data['label'] == -1}
        for name in missing:
            path, delimiter, label = osp.basename(name).rpartition(self.delimiter)
            if delimiter and name in unlabeled:
                return (
                    f'; is {label!r} behind {path!r} meant as a label? A label must be '
                    'an integer, otherwise the whole line is a path'
                )
        return ''


def hide_labels(data_list: list[dict], fraction: float, seed: int) -> None:
    """Keep the labels of a fraction of each class, and set the others to -1.

    Args:
        data_list (list[dict]): ``filename`` and ``label`` of each video; changed in
            place. A video listed twice keeps both labels or none.
        fraction (float): Above 0, at most 1.
        seed (int): Random seed.
    """
    classes = defaultdict(list)
    for data in data_list:
        if data['label'] != -1:
            classes[data['label']].append(data)
    for label, videos in classes.items():
        names = sorted({data['filename'] for data in videos})
        # The legacy generator: NumPy guarantees that its draws never change.
        np.random.RandomState((seed, label)).shuffle(names)
        kept = set(names[: max(1, round(fraction * len(names)))])
        for data in videos:
            if data['filename'] not in kept:
                data['label'] = -1
