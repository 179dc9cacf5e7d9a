"""Switch consistency regularization on in a stock config."""

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
MMENGINE_HOOKS = dict(checkpoint=dict(type='CheckpointHook', interval=1))


def switch_on(stock: Config, recipe: str = RECOMMENDED) -> Config:
    """Rewrite a Recognizer3D config to train with consistency regularization.

    What changes:

    - ``model.type`` becomes :class:`STCR`, with the ``clip_shape`` of the train pipeline
      and the recipe's ``consistency_head``. Options that ``model.consistency_head`` has
      already are kept. The ``cls_head`` is kept too: consistency regularizes supervised
      training.
    - Each train pipeline gets :class:`SiamesePaths`. Each path crops and applies the
      recipe's augmentations (see :func:`fit_paths`). Flips come before, so that they are
      the same in both paths.
    - A ``blending`` of the data preprocessor is removed: it mixes clips with different
      transformation codes, which no inverse can align.
    - Hooks are added: :class:`CollapseMonitorHook` and :class:`FiniteLossHook` watch the
      training, :class:`CheckpointMatchHook` checks loaded weights,
      :class:`ClassLabelsHook` labels, :class:`BatchSizeHook` batch sizes.
      :class:`WorkDirLockHook` keeps a second training out of the folder.
      :class:`WholeCheckpointHook` replaces the stock :class:`CheckpointHook`, and
      :class:`EvenBatchSampler` makes the batches.
    - A test-only config gets a train pipeline derived from its test pipeline, and the
      recipe's schedule, if ``train_dataloader.dataset.ann_file`` is set.

    Args:
        stock (Config): Any MMAction2 config, or a child of one; not changed.
        recipe (str): Name or file of a recipe, see :func:`read_recipe`. Defaults to the
            recommended recipe.

    Returns:
        Config: The new config.

    Raises:
        ValueError: If this is not possible for the config; says why, and what to do.

    Source: paper §3.1 and §3.2. That both paths share the flip of a stock pipeline is our
        choice: the noise path has its own flips among its transformations.
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
    _add_hooks(cfg, recipe)
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
    """Add this package and the modules of the recipe to ``custom_imports``."""
    imports = cfg.get('custom_imports') or dict(allow_failed_imports=False)
    needed = (recipe.get('custom_imports') or {}).get('imports', [])
    modules = [*imports.get('imports', []), 'stcr_mmaction', *needed]
    cfg.custom_imports = dict(imports, imports=list(dict.fromkeys(modules)))


def _add_hooks(cfg: Config, recipe: Config) -> None:
    own = recipe.get('custom_hooks') or [dict(type='CollapseMonitorHook')]
    watch = [*own, dict(type='FiniteLossHook')]
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), *watch]
    given = {**MMENGINE_HOOKS, **(cfg.get('default_hooks') or {})}
    cfg.default_hooks = {**given, **{k: _derive_hook(given, k) for k in DEFAULT_HOOKS}}


def _derive_hook(given: dict, name: str) -> dict | None:
    """Return the config of a default hook, with the options that are already given."""
    if name in given and given[name] is None:
        return None
    hook = dict(given.get(name, {}))
    if type_name(hook) == 'CheckpointHook' or not hook.get('type'):
        hook['type'] = DEFAULT_HOOKS[name]
    return hook


def _make_even_batches(loader: ConfigDict) -> None:
    """Avoid a batch with a single clip, unless the loader sets its batches itself."""
    if not loader.get('batch_sampler') and not loader.get('drop_last'):
        loader.pop('drop_last', None)  # torch does not take both
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
    """Yield the datasets that have a pipeline, including nested ones."""
    if 'pipeline' in dataset:
        yield dataset
    inside = [dataset['dataset']] if 'dataset' in dataset else []
    for part in [*inside, *dataset.get('datasets', [])]:
        yield from _find_pipelines(part)


def complete_training(cfg: Config, recipe: Config) -> None:
    """Add what training needs to a test-only config.

    Args:
        cfg (Config): The config, with ``train_dataloader.dataset.ann_file`` if it has no
            train pipeline. Changed in place.
        recipe (Config): The recipe, which provides the schedule.

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
            'the config has no train pipeline, it is for testing only; a pipeline is '
            'derived from the test pipeline if you give the data: --cfg-options '
            'train_dataloader.dataset.ann_file=LIST '
            'train_dataloader.dataset.data_prefix.video=FOLDER'
        )
    cfg.train_dataloader = _derive_loader(cfg)
    cfg.merge_from_dict(dict(train_dataloader=loader))
    for key in SCHEDULE:
        cfg.setdefault(key, recipe[key])


def _derive_loader(cfg: Config) -> dict:
    """Derive a train_dataloader from the test_dataloader or the backbone's sizes."""
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
