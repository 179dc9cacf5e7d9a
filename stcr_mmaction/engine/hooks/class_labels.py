"""Check that labels fit the classifier and the metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mmaction.evaluation import AccMetric
from mmaction.registry import HOOKS
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from torch import nn
from torch.utils.data import Dataset

from ...functional.matching import some
from ..find_datasets import find_datasets
from .checkpoint_match import unwrap

UNLABELED = -1


class LabeledVideo(NamedTuple):
    """A line of an annotation file."""

    label: int
    file: str
    ann_file: str
    gallery: bool


@HOOKS.register_module()
class ClassLabelsHook(Hook):
    """Refuse, before training or testing, labels that do not fit the model or metrics.

    Data sets, model and metrics are built separately. This hook checks them together,
    before training also those of validation:

    - A label must be one of the ``num_classes`` of the ``cls_head``. (Otherwise torch
      fails with a target out of bounds; on a GPU the process crashes.)
    - Videos without a label (-1) are only for models with ``takes_unlabeled``, such as
      :class:`STCR`, or without a ``cls_head``. An accuracy metric would count them as
      wrong.
    - Metrics may have a method ``check_labels(queries, gallery)``, as
      :class:`FrozenFeatureMetric` and :class:`VideoRetrievalMetric` do. It is called
      here, so that errors come before the run, not after it.

    Classes without training videos are logged. Data sets with several labels for a video,
    or without a list of labels, are not checked.

    Raises:
        ValueError: Before training or testing. Names the label, a video with it, the
            annotation file and the number of classes.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the videos of training and validation."""
        model = unwrap(runner.model)
        if count_classes(model):
            videos = read_videos(runner.train_dataloader.dataset)
            check_range(videos, model)
            if not getattr(model, 'takes_unlabeled', False):
                check_labeled(
                    videos,
                    f'{type(model).__name__} learns only from labels: leave such videos '
                    'out by CheckedVideoDataset(labeled_only=True)',
                )
            self._warn_of_empty_classes(runner, videos, count_classes(model))
        if runner.val_loop is not None:
            check_evaluation(runner.val_loop, model)

    def before_test(self, runner: Runner) -> None:
        """Check the videos of the test."""
        check_evaluation(runner.test_loop, unwrap(runner.model))

    def _warn_of_empty_classes(
        self, runner: Runner, videos: Sequence[LabeledVideo], num_classes: int
    ) -> None:
        labels = {video.label for video in videos}
        empty = [str(label) for label in range(num_classes) if label not in labels]
        if videos and empty:
            runner.logger.warning(
                f'{len(empty)} of the {num_classes} classes of the cls_head have no '
                f'video to learn from: {some(empty)}'
            )


def check_evaluation(loop: BaseLoop, model: nn.Module) -> None:
    """Check the videos of a validation or test for the model and for each metric."""
    metrics = [metric for metric in loop.evaluator.metrics if needs_labels(metric)]
    if not metrics:
        return
    videos = read_videos(loop.dataloader.dataset)
    check_labeled(
        videos, f'{type(metrics[0]).__name__} needs labels of all videos: add it'
    )
    check_range(videos, model)
    queries = [video.label for video in videos if not video.gallery]
    gallery = [video.label for video in videos if video.gallery]
    for metric in metrics:
        if videos and hasattr(metric, 'check_labels'):
            metric.check_labels(queries, gallery or None)


def needs_labels(metric: BaseMetric) -> bool:
    """Whether a metric needs labels."""
    return isinstance(metric, AccMetric) or hasattr(metric, 'check_labels')


def count_classes(model: nn.Module) -> int | None:
    """Return the number of classes of a model's classifier, None without one."""
    return getattr(getattr(model, 'cls_head', None), 'num_classes', None)


def read_videos(dataset: Dataset) -> list[LabeledVideo]:
    """Return the videos of a data set, also nested, that have one label or -1."""
    return [video for one in find_datasets(dataset) for video in _read(one)]


def check_range(videos: Sequence[LabeledVideo], model: nn.Module) -> None:
    """Raise a ValueError unless all labels are below the number of classes."""
    num_classes = count_classes(model) or float('inf')
    beyond = [video for video in videos if video.label >= num_classes]
    if beyond:
        highest = max(video.label for video in beyond)
        raise ValueError(
            f'{_describe_first(beyond)} has label {beyond[0].label}, but the cls_head '
            f'({type(model.cls_head).__name__}) has {num_classes} classes, 0 to '
            f'{num_classes - 1}: set model.cls_head.num_classes={highest + 1}, or '
            'correct the labels'
        )


def check_labeled(videos: Sequence[LabeledVideo], advice: str) -> None:
    """Raise a ValueError, with advice, if a video has no label."""
    unlabeled = [video for video in videos if video.label == UNLABELED]
    if unlabeled:
        raise ValueError(f'{_describe_first(unlabeled)} has no label; {advice}')


def _read(dataset: Dataset) -> Iterator[LabeledVideo]:
    if getattr(dataset, 'multi_class', False) or not hasattr(dataset, 'get_data_info'):
        return
    of_all = getattr(dataset, 'ann_file', ''), getattr(dataset, 'gallery', False)
    for index in range(len(dataset)):
        data = dataset.get_data_info(index)
        label, file = data.get('label'), data.get('filename') or data.get('frame_dir')
        if isinstance(label, int):
            yield LabeledVideo(label, file, *of_all)


def _describe_first(videos: Sequence[LabeledVideo]) -> str:
    more = f' (one of {len(videos)})' if len(videos) > 1 else ''
    return f'{videos[0].ann_file}: {videos[0].file!r}{more}'
