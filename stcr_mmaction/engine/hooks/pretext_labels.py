"""Check that the train pipeline and the pretext head fit each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from ...functional import parse_code
from ..find_datasets import find_datasets
from .checkpoint_match import unwrap

CODES = 'transform_codes'


@HOOKS.register_module()
class PretextLabelsHook(Hook):
    """Refuse, before training, a pipeline without labels for the ``pretext_head``.

    The classes of a head and the draws of a transform are defined separately; this hook
    compares them. Transforms, and the ``blending`` of the data preprocessor, list the
    possible values in an attribute ``labels`` or ``codes``. The hook does nothing for a
    model without a ``pretext_head``.

    Raises:
        ValueError: Before training: if no transform draws the head's label, if all drawn
            values belong to one class or to an unknown class, if ``PackActionInputs``
            leaves the label out, or if an order is read from a path that is flipped in
            time.

    Source: the rules are those of :mod:`stcr_mmaction.models.heads.pretext_head`.
    """

    def before_train(self, runner: Runner) -> None:
        """Check every data set."""
        model = unwrap(runner.model)
        head = getattr(model, 'pretext_head', None)
        if head is None:
            return
        blending = getattr(model.data_preprocessor, 'blending', None)
        for pipeline in find_pipelines(runner.train_dataloader.dataset):
            check_pipeline(head, pipeline, blending)


def check_pipeline(
    head: nn.Module, pipeline: list[Callable], blending: Callable | None = None
) -> None:
    """Check the transforms of one data set."""
    blended = {**read_labels(blending), **read_noise_labels(_paths_of(blending))}
    drawn, unpacked = dict(blended), {}
    for transform in pipeline:
        unpacked.update(read_labels(transform))
        if head.path == 'clean' and any(map(flips_time, unpacked.get(CODES, ()))):
            raise ValueError(
                f'{type(head).__name__} reads an order, which the temporal flips of '
                f'{type(transform).__name__} invert: put it into the noise path of '
                'SiamesePaths, or set its codes to some of range(8)'
            )
        drawn.update(read_noise_labels(transform))
    drawn.update(unpacked)
    head.check_labels(drawn.get(head.label_key, ()))
    packed = getattr(pipeline[-1], 'meta_keys', None)
    if packed is not None and head.label_key not in {*packed, *blended}:
        raise ValueError(
            f'{type(head).__name__} needs the label {head.label_key!r}, which the train '
            'pipeline draws and leaves behind: list it in '
            f'{type(pipeline[-1]).__name__}(meta_keys=...)'
        )


def find_pipelines(dataset: Dataset) -> Iterator[list[Callable]]:
    """Yield the transforms of each data set, also nested."""
    for one in find_datasets(dataset):
        if hasattr(one, 'pipeline'):
            yield one.pipeline.transforms


def read_labels(transform: Callable | None) -> dict[str, Collection[int]]:
    """Return the labels that a transform may draw: key to all values."""
    codes = getattr(transform, 'codes', None)
    labels = {} if codes is None else {CODES: [int(code) for code in codes]}
    for augmentation in getattr(transform, 'augmentations', ()):
        labels.update(read_labels(augmentation))
    return {**labels, **getattr(transform, 'labels', {})}


def read_noise_labels(paths: Callable | None) -> dict[str, Collection[int]]:
    """Return the labels that the noise path of :class:`SiamesePaths` may draw."""
    labels = {}
    for transform in getattr(getattr(paths, 'noise', None), 'transforms', ()):
        labels.update(read_labels(transform))
    return labels


def _paths_of(blending: Callable | None) -> Callable | None:
    """Return the paths of a :class:`SiameseBlending`."""
    return getattr(blending, 'paths', None)


def flips_time(code: int) -> bool:
    """Whether a transformation code flips a clip in time."""
    return parse_code(code).temporal_flip
