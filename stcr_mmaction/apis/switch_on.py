"""Consistency regularization for a stock config, without a file of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

from mmengine.config import Config, ConfigDict

from ..models.recognizers.recipe import (
    RECOMMENDED,
    fill_heads,
    fit_paths,
    read_recipe,
    warn_without_labels,
)
from ..type_names import copy_by_name, type_name
from .pipelines import as_training, plain_pipeline, read_clip_shape, siamese_pipeline

SCHEDULE = 'train_cfg', 'optim_wrapper', 'param_scheduler', 'auto_scale_lr'
DEFAULT_HOOKS = dict(
    checkpoint='WholeCheckpointHook',
    match='CheckpointMatchHook',
    labels='ClassLabelsHook',
    batches='BatchSizeHook',
    lock='WorkDirLockHook',
)
MMENGINE_SAVES = dict(checkpoint=dict(type='CheckpointHook', interval=1))


def switch_on(stock: Config, recipe: str = RECOMMENDED) -> Config:
    """Rewrite a config of a Recognizer3D so that it trains with consistency.

    What changes:

    - ``model.type`` becomes :class:`STCR`, with ``clip_shape`` as the train pipeline has
      it, and the recipe's ``consistency_head``, which takes its sizes from there; what
      ``model.consistency_head`` says already stays. So does the ``cls_head``: consistency
      regularizes supervised training.
    - Each train pipeline makes its crops in both paths of :class:`SiamesePaths`, and then
      the recipe's augmentations, as :func:`fit_paths` fits them. A flip goes before them,
      so that it is the same in both.
    - A ``blending`` of the data preprocessor is dropped: it mixes clips of different
      transformation codes, which no inverse can align.
    - :class:`CollapseMonitorHook` and :class:`FiniteLossHook` look on,
      :class:`CheckpointMatchHook` at what is loaded, :class:`ClassLabelsHook` at the
      labels, :class:`BatchSizeHook` at the batches, which :class:`EvenBatchSampler`
      makes; :class:`WorkDirLockHook` keeps a second training out of the folder. A
      :class:`WholeCheckpointHook` takes the place of the stock :class:`CheckpointHook`.
    - A config that is there to be tested only gets a train pipeline made from that of
      the test, and the recipe's schedule, once
      ``train_dataloader.dataset.ann_file`` is set.

    Args:
        stock (Config): Any config of MMAction2, or a child of one; not changed.
        recipe (str): Name or file of the recipe, see :func:`read_recipe`. Defaults to the
            one that is recommended.

    Returns:
        Config: The new config.

    Raises:
        ValueError: If the config cannot be switched on; says why, and what to do.

    Source: paper §3.1 and §3.2. That the paths share the flip of a stock pipeline is
        ours: the noise path has flips of its own among its transformations.
    """
    cfg = copy_by_name(stock)
    _check_model(cfg)
    name, recipe = recipe, read_recipe(recipe)
    warn_without_labels(name, recipe.recipe, cfg.model.get('cls_head'))
    complete_training(cfg, recipe)
    datasets = list(_find_pipelines(cfg.train_dataloader.dataset))
    shapes = {read_clip_shape(dataset.pipeline) for dataset in datasets}
    if len(shapes) > 1:
        raise ValueError(f'the train pipelines give clips of several shapes: {shapes}')
    _switch_model(cfg, recipe.recipe, *shapes)
    _import_modules(cfg, recipe)
    _look_on(cfg, recipe)
    _make_even_batches(cfg.train_dataloader)
    for dataset in datasets:
        paths = fit_paths(recipe.recipe, *shapes, dataset.get('modality', 'RGB'))
        dataset.pipeline = siamese_pipeline(dataset.pipeline, **paths)
    if 'train_pipeline' in cfg:
        cfg.train_pipeline = copy.deepcopy(datasets[0].pipeline)
    return cfg


def _switch_model(cfg: Config, recipe: dict, clip_shape: Sequence[int]) -> None:
    cfg.model.update(type='STCR', clip_shape=clip_shape, **fill_heads(recipe, cfg.model))
    for owner in (cfg.model, cfg):
        (owner.get('data_preprocessor') or {}).pop('blending', None)


def _import_modules(cfg: Config, recipe: Config) -> None:
    """Let the config import this package, and the modules that a recipe needs."""
    imports = cfg.get('custom_imports') or dict(allow_failed_imports=False)
    needed = (recipe.get('custom_imports') or {}).get('imports', [])
    modules = [*imports.get('imports', []), 'stcr_mmaction', *needed]
    cfg.custom_imports = dict(imports, imports=list(dict.fromkeys(modules)))


def _look_on(cfg: Config, recipe: Config) -> None:
    own = recipe.get('custom_hooks') or [dict(type='CollapseMonitorHook')]
    watch = [*own, dict(type='FiniteLossHook')]
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), *watch]
    given = {**MMENGINE_SAVES, **(cfg.get('default_hooks') or {})}
    cfg.default_hooks = {**given, **{k: _named(given, k) for k in DEFAULT_HOOKS}}


def _named(given: dict, name: str) -> dict | None:
    """Return the hook of that name, with what the config says of it already."""
    if name in given and given[name] is None:
        return None
    hook = dict(given.get(name, {}))
    if type_name(hook) == 'CheckpointHook' or not hook.get('type'):
        hook['type'] = DEFAULT_HOOKS[name]
    return hook


def _make_even_batches(loader: ConfigDict) -> None:
    """Let no batch have one clip alone, where the stock loader does not say which."""
    if not loader.get('batch_sampler') and not loader.get('drop_last'):
        loader.pop('drop_last', None)  # torch takes one of the two
        loader.batch_sampler = dict(type='EvenBatchSampler')


def _check_model(cfg: Config) -> None:
    kind = type_name(cfg.get('model') or {})
    if kind == 'STCR':
        raise ValueError('the config has consistency regularization already')
    if kind == 'RecognizerAudio':
        raise ValueError(
            'RecognizerAudio is trained on spectrograms, which have no clips to flip and '
            'turn: consistency regularization is for video, choose a Recognizer3D'
        )
    if kind != 'Recognizer3D':
        raise ValueError(
            'consistency regularization is switched on for models of type Recognizer3D, '
            f'whose backbones keep time; the model of this config is of type {kind}. For '
            'a recognizer class of your own see ConsistencyMixin'
        )


def _find_pipelines(dataset: ConfigDict) -> Iterator[ConfigDict]:
    """Yield the datasets that have a pipeline, those inside of others too."""
    if 'pipeline' in dataset:
        yield dataset
    inside = [dataset['dataset']] if 'dataset' in dataset else []
    for part in [*inside, *dataset.get('datasets', [])]:
        yield from _find_pipelines(part)


def complete_training(cfg: Config, recipe: Config) -> None:
    """Give a config that is there to be tested only what a training needs.

    Args:
        cfg (Config): The config, with ``train_dataloader.dataset.ann_file`` if it has no
            train pipeline. Changed in place.
        recipe (Config): The recipe's file, whose schedule it gets.

    Raises:
        ValueError: If there is nothing to train on.
    """
    loader = cfg.get('train_dataloader') or ConfigDict()
    if isinstance(loader, (list, tuple)):
        raise ValueError('there are several train_dataloaders: leave one')
    data = loader.get('dataset', ConfigDict())
    if any(_find_pipelines(data)):
        return
    if not data.get('ann_file'):
        raise ValueError(
            'the config has no train pipeline, it is there to be tested only; one is '
            'made from that of the test if you give the data: --cfg-options '
            'train_dataloader.dataset.ann_file=LIST '
            'train_dataloader.dataset.data_prefix.video=FOLDER'
        )
    cfg.train_dataloader = _derive_loader(cfg)
    cfg.merge_from_dict(dict(train_dataloader=loader))
    for key in SCHEDULE:
        cfg.setdefault(key, recipe[key])


def _derive_loader(cfg: Config) -> dict:
    """Make a train_dataloader of that of the test, or from the backbone's sizes."""
    test, backbone = cfg.get('test_dataloader') or {}, cfg.model.backbone
    tested = test.get('dataset') or dict(type='VideoDataset')
    pipeline = tested.get('pipeline')
    if pipeline is None and 't_size' not in backbone:
        raise ValueError(
            'the config has neither a train nor a test pipeline: give '
            'train_dataloader.dataset.pipeline'
        )
    if pipeline is None:
        pipeline = plain_pipeline(backbone.t_size, backbone.input_resolution)
    dataset = dict(tested, pipeline=as_training(pipeline), test_mode=False)
    sampler = dict(type='DefaultSampler', shuffle=True)
    workers = dict(num_workers=8, persistent_workers=True)
    return {**workers, **test, 'batch_size': 8, 'sampler': sampler, 'dataset': dataset}
