"""Video retrieval for a config that is there for something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mmengine.config import Config, ConfigDict

from ..type_names import copy_by_name, type_name


class Protocol(NamedTuple):
    """How features are made and compared; see :class:`VideoRetrievalMetric`."""

    feature_pooling: str
    center: bool


PROTOCOLS = dict(
    vcop=Protocol('max2x2', False),
    coclr=Protocol('mean', True),
    pooled=Protocol('mean', False),
)
TRAINING = (
    *('train_cfg', 'train_dataloader', 'optim_wrapper', 'param_scheduler'),
    *('val_cfg', 'val_dataloader', 'val_evaluator', 'custom_hooks'),
)


def to_retrieval(
    stock: Config,
    protocol: str = 'vcop',
    topk: Sequence[int] = (1, 5, 10, 20, 50),
    knn: int | None = None,
    out_file: str | None = None,
) -> Config:
    """Rewrite a config of a recognizer so that its test looks up videos.

    The test videos are the queries; the videos of training, with the pipeline of the
    test, are the gallery. The backbone and its tap stay, the classifier goes.

    Args:
        stock (Config): Any config of a ``Recognizer3D``, or of an :class:`STCR`, with a
            train and a test data set of type ``VideoDataset``; not changed.
        protocol (str): A key of :data:`PROTOCOLS`. Defaults to 'vcop'.
        topk (Sequence[int]): As :class:`VideoRetrievalMetric`.
        knn (int, optional): As :class:`VideoRetrievalMetric`. Defaults to None.
        out_file (str, optional): As :class:`VideoRetrievalMetric`. Defaults to None.

    Returns:
        Config: The new config, for ``tools/test.py``.

    Raises:
        ValueError: If the protocol is unknown, or the config has no such model or data;
            says what to do.

    Examples:
        ```python
        config = to_retrieval(Config.fromfile('config.py'), protocol='coclr', topk=[1, 5])
        config.dump('retrieval.py')  # tools/test.py retrieval.py CHECKPOINT
        ```
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f'protocol {protocol!r} is none of {", ".join(PROTOCOLS)}')
    chosen = PROTOCOLS[protocol]
    cfg = copy_by_name(stock)
    model = cfg.get('model') or {}
    kind = type_name(model)
    if not str(kind).endswith(('Recognizer3D', 'STCR')):
        raise ValueError(
            'videos are looked up by the features of a Recognizer3D or STCR, the model '
            f'is of type {kind}'
        )
    queries = _data_of(cfg, 'test')
    listed = _data_of(cfg, 'train')
    gallery = dict(queries, ann_file=listed.ann_file, gallery=True)
    if 'data_prefix' in listed:
        gallery['data_prefix'] = listed.data_prefix
    cfg.model = _of_features(model, chosen.feature_pooling)
    cfg.test_dataloader.dataset = dict(type='ConcatDataset', datasets=[queries, gallery])
    cfg.test_evaluator = dict(
        type='VideoRetrievalMetric',
        topk=topk,
        knn=knn,
        center=chosen.center,
        out_file=out_file,
    )
    for key in TRAINING:
        cfg.pop(key, None)
    hooks = cfg.setdefault('default_hooks', ConfigDict())
    hooks.match = dict(type='CheckpointMatchHook')
    hooks.labels = dict(type='ClassLabelsHook')
    cfg.custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
    return cfg


def _of_features(model: dict, feature_pooling: str) -> dict:
    kept = {
        key: model[key]
        for key in ('backbone', 'data_preprocessor', 'test_cfg', 'tap')
        if model.get(key) is not None
    }
    (kept.get('data_preprocessor') or {}).pop('blending', None)
    return dict(type='VideoFeatureExtractor', feature_pooling=feature_pooling, **kept)


def _data_of(cfg: Config, part: str) -> ConfigDict:
    """Return the videos of a part, out of what repeats or wraps them."""
    data = (cfg.get(f'{part}_dataloader') or {}).get('dataset')
    while data is not None and 'dataset' in data:
        data = data.dataset
    if data is None or 'ann_file' not in data:
        raise ValueError(
            f'the config has no {part}_dataloader.dataset with an ann_file: retrieval '
            'looks up the test videos among those of training; take the config of a '
            'recognition that is trained and tested on the videos, with any checkpoint '
            'of its backbone'
        )
    kind = type_name(data)
    if kind not in ('VideoDataset', 'CheckedVideoDataset'):
        raise ValueError(
            f'the {part} data set is of type {kind}; for retrieval it must '
            'be a VideoDataset'
        )
    return ConfigDict(data, type='CheckedVideoDataset')
