"""Every config loads, its parts build and fit each other, and its name is true.

Models live on the meta device: shapes without weights.
"""

import copy
import functools
import itertools
import re
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATA_SAMPLERS, DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS

from stcr_mmaction.engine.hooks.pretext_labels import check_pipeline
from stcr_mmaction.models.backbones.public_weights import PUBLIC_NETWORKS
from stcr_mmaction.models.recognizers.recipe import blend_paths, read_recipe

from .conftest import write_video

ROOT = Path(__file__).parents[1] / 'configs'
PATHS = {
    path.relative_to(ROOT).as_posix(): path
    for path in sorted(ROOT.rglob('*.py'))
    if '_base_' not in path.parts
}
NAMED = [name for name in PATHS if name.startswith('stcr/')]
OURS = [name for name in NAMED if not name.startswith('stcr/mmaction2/')]
PRETRAINING = [name for name in OURS if name.count('/') == 1]
LONG = [name for name in PRETRAINING if '/stcr-contrast_' in name]
ABLATIONS = [name for name in OURS if name.startswith('stcr/ablations/')]
PRETEXT = [name for name in OURS if name.startswith('stcr/pretext/')]
BENCHMARKS = [name for name in OURS if name.startswith('stcr/benchmarks/')]
SEMI = [name for name in PATHS if 'stcr-semi_' in name]
FINE_TUNING = [name for name in BENCHMARKS if '-pre_' in name]
LINEAR = [name for name in BENCHMARKS if '-linear_' in name]

# {model}_[setting]_{gpus x videos}-{sampling}-{schedule}_{dataset}-{modality}
SCHEME = re.compile(
    r'(?P<model>[a-z0-9-]+)_((?P<setting>[a-z0-9-]+)_)?'
    r'(?P<gpus>\d+)xb(?P<videos>\d+)-'
    r'(?P<clip_len>\d+)x(?P<frame_interval>\d+)x(?P<num_clips>\d+)-'
    r'(?P<epochs>\d+)e_(?P<dataset>[a-z0-9]+)-rgb\.py'
)


@pytest.fixture(autouse=True)
def _defaults_of_the_environment(monkeypatch):
    for variable in ('DATASET', 'SPLIT', 'UCF101_ROOT', 'HMDB51_ROOT', 'MOTION_ROOT'):
        monkeypatch.delenv(variable, raising=False)


@functools.cache
def read(name):
    return Config.fromfile(PATHS[name])


def load(name):
    return copy.deepcopy(read(name))


@functools.cache
def build(name):
    """Build a model, once for all tests, which leave it as it is but for gradients."""
    with torch.device('meta'):
        return MODELS.build(load(name).model)


def find(pipeline, kind):
    return next(step for step in pipeline if step['type'] == kind)


def types(steps):
    return [step['type'] for step in steps]


def read_head(model):
    """Return the config of the consistency head, which a recipe may give."""
    recipe = model.get('recipe')
    given = model.get('consistency_head') or {}
    return {**read_recipe(recipe).recipe.consistency_head, **given} if recipe else given


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    """Long enough for three clips of 16 frames with gaps of 8."""
    return write_video(tmp_path_factory.mktemp('video') / 'video.mp4', num_frames=64)


def take_sample(pipeline, video):
    """Run a pipeline on a real video; return inputs (V, C, T, H, W) on meta, sample."""
    annotation = dict(filename=str(video), label=1, start_index=0, modality='RGB')
    packed = Compose(pipeline)(annotation)
    return packed['inputs'].to('meta', torch.float32), packed['data_samples']


def test_there_are_configs_of_each_kind():
    assert len(PRETRAINING) == 4 + 5
    assert len(ABLATIONS) == 6
    assert len(FINE_TUNING) == 4 + 1 + len(LONG)
    assert len(LINEAR) == 1 + len(LONG)
    assert len(BENCHMARKS) == 5 + len(FINE_TUNING) + len(LINEAR)
    assert len(PRETEXT) == 3
    assert len(SEMI) == 2
    assert len(NAMED) == len(OURS) + 4


@pytest.mark.parametrize('name', PATHS)
def test_training_parts_build(name):
    cfg = load(name)
    optimizer = build_optim_wrapper(build(name), cfg.optim_wrapper).optimizer
    assert optimizer.param_groups[0]['lr'] == cfg.optim_wrapper.optimizer.lr
    for schedule in cfg.param_scheduler:
        schedule.setdefault('end', cfg.train_cfg.max_epochs)  # as the Runner does
        given = dict(optimizer=optimizer, epoch_length=10)
        PARAM_SCHEDULERS.build(schedule, default_args=given)
    for hook in [*cfg.default_hooks.values(), *cfg.get('custom_hooks', [])]:
        HOOKS.build(hook)
    for phase in ('val', 'test'):
        if cfg.get(f'{phase}_evaluator'):
            METRICS.build(cfg[f'{phase}_evaluator'])


PAPER_LOSSES = 'loss_temporal', 'loss_channel'


def expected_losses(config, model):
    expected = set()
    if head := read_head(config):
        expected |= {name for name in PAPER_LOSSES if head.get(name, {}) is not None}
        expected |= {f'loss_{name}' for name in head.get('auxiliary_losses', {})}
    if config.get('pretext_head'):
        task = model.pretext_head.task
        expected |= {f'loss_{task}', f'acc_{task}'}
    if config.get('motion_head') or config.get('recipe') == 'contrast':
        expected.add('loss_motion')
    return expected


OFFICIAL_COUNTS = 9537, 3570, 1193
"""Training videos of UCF101 and HMDB51, split 1, and a share of eight processes."""


@functools.cache
def batch_sizes(sampler, batch_size):
    """Return the sizes of all batches of an epoch, on 1 to 8 processes."""
    sizes = set()
    for videos, processes in itertools.product(OFFICIAL_COUNTS, range(1, 9)):
        given = dict(sampler=range(-(-videos // processes)), batch_size=batch_size)
        batches = list(DATA_SAMPLERS.build(dict(type=sampler), default_args=given))
        assert [index for batch in batches for index in batch] == list(given['sampler'])
        sizes |= set(map(len, batches))
    return sizes


def learn_from(cfg, model, inputs, sample, count):
    """Train a step on some copies of a sample; return the losses."""
    losses = {}
    classifier = getattr(model, 'cls_head', None)
    if cfg.model.type == 'STCR':
        model.cls_head = None  # measures accuracy, which meta tensors do not have
        samples = [copy.deepcopy(sample) for _ in range(count)]
        batch = torch.stack([inputs] * count), samples
        blending = model.data_preprocessor.blending
        losses = model.loss(*(batch if blending is None else blending(*batch)))
        sum(loss for name, loss in losses.items() if 'loss' in name).backward()
        model.cls_head = classifier
    if classifier is not None:
        clips = inputs[None, :1].expand(count, *[-1] * inputs.ndim)
        scores, _ = model.extract_feat(clips.contiguous(), stage='head')
        assert scores.shape == (count, cfg.model.cls_head.num_classes)
        scores.sum().backward()
    return losses


@pytest.mark.parametrize('name', PATHS)
def test_the_smallest_batch_fits_the_model(name, video):
    cfg, model = load(name), build(name).train()
    loader = cfg.train_dataloader
    sizes = batch_sizes(loader.batch_sampler.type, loader.batch_size)
    assert 1 < min(sizes) <= max(sizes) == loader.batch_size
    dataset = loader.dataset
    inputs, sample = take_sample(dataset.get('dataset', dataset).pipeline, video)
    losses = learn_from(cfg, model, inputs, sample, min(sizes))
    if cfg.model.type == 'STCR':
        assert set(losses) == expected_losses(cfg.model, model)
        assert all(loss.shape == () for loss in losses.values())
    # Distributed training waits for every gradient.
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    assert [name for name, parameter in trained if parameter.grad is None] == []


@pytest.mark.parametrize('name', PATHS)
def test_test_samples_fit_the_model(name, video):
    cfg = load(name)
    if cfg.get('test_dataloader') is None:
        assert cfg.model.get('cls_head') is None
        return
    inputs, sample = take_sample(cfg.test_dataloader.dataset.pipeline, video)
    model = build(name).eval()
    if cfg.model.get('cls_head') is None:  # tested by frozen features
        (predicted,) = model(inputs[None], [sample], mode='predict')
        head = cfg.model.consistency_head or cfg.model.pretext_head
        assert predicted.video_features.shape == (head.in_channels,)
        return
    scores, _ = model.extract_feat(inputs[None], stage='head')
    assert scores.shape == (10, cfg.model.cls_head.num_classes)


@pytest.mark.parametrize('name', NAMED)
def test_config_is_what_its_name_says(name):
    cfg = load(name)
    told = SCHEME.fullmatch(PATHS[name].name)
    assert told is not None
    loader = cfg.train_dataloader
    sampling = TRANSFORMS.build(loader.dataset.pipeline[1])
    for key in ('clip_len', 'frame_interval', 'num_clips'):
        assert getattr(sampling, key) == int(told[key])
    assert loader.batch_size == int(told['videos'])
    assert cfg.auto_scale_lr.base_batch_size == int(told['gpus']) * int(told['videos'])
    assert cfg.train_cfg.max_epochs == int(told['epochs'])
    assert told['dataset'] in loader.dataset.ann_file
    assert told['model'].startswith('stcr') == bool(read_head(cfg.model))
    assert told['model'].startswith('stcr-contrast') == (
        cfg.model.get('recipe') == 'contrast'
    )


def test_work_dirs_are_those_of_mmengine():
    assert [name for name in PATHS if 'work_dir' in read(name)] == []


@pytest.mark.parametrize('name', PATHS)
def test_nothing_is_downloaded(name):
    cfg = load(name)
    assert not cfg.model.backbone.get('pretrained')
    assert '://' not in (cfg.get('load_from') or '')


SCHEDULES = dict(
    paper=(
        dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4),
        [dict(type='MultiStepLR', end=50, milestones=[10, 20, 30, 40], gamma=0.1)],
    ),
    contrast=(
        dict(type='AdamW', lr=1e-3, weight_decay=0.01),
        [
            dict(type='LinearLR', start_factor=0.1, end=10, convert_to_iter_based=True),
            dict(
                type='CosineAnnealingLR',
                begin=10,
                by_epoch=True,
                convert_to_iter_based=True,
            ),
        ],
    ),
)
PERTURBATIONS = dict(
    paper=([], ['SpatioTemporalTransform', 'IntraVideoMixup']),
    contrast=(['RandomColorMatrix'], ['RandomColorMatrix', 'TemporalGradient']),
)


@pytest.mark.parametrize('name', PRETRAINING)
def test_pretraining_follows_its_recipe(name):
    cfg, blending = load(name), build(name).data_preprocessor.blending
    recipe = cfg.model.recipe
    assert (cfg.optim_wrapper.optimizer, cfg.param_scheduler) == SCHEDULES[recipe]
    for path, kinds in zip(('clean', 'noise'), PERTURBATIONS[recipe], strict=True):
        (made,) = getattr(blending.paths, path).transforms
        made = [type(step).__name__ for step in made.augmentations]
        assert made == ['RandomClipCrop', *kinds]
    assert blending.paths.output_shape((3, 16, 128, 171)) == (3, *cfg.model.clip_shape)
    pipeline = cfg.train_dataloader.dataset.pipeline
    assert find(pipeline, 'SampleFrames').out_of_bound_opt == 'repeat_last'
    assert find(pipeline, 'Resize').scale == (171, 128)
    assert cfg.model.cls_head is None
    assert cfg.get('val_cfg') is None


def test_the_recipe_is_what_was_measured():
    measured = load('demo/stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py')
    recipe = read_recipe('contrast')
    small, head = measured.model.consistency_head, recipe.recipe.consistency_head
    projector = small.auxiliary_losses.contrast.pop('projector')
    assert head.auxiliary_losses.contrast.pop('projector').type == projector.type
    sizes = dict(in_channels=64, temporal_size=2)
    assert small == dict(head, **sizes)
    for key in ('optim_wrapper', 'param_scheduler'):
        assert recipe[key] == measured[key]
    paths = find(measured.train_dataloader.dataset.pipeline, 'SiamesePaths')
    for path in ('clean', 'noise'):
        assert recipe.recipe[path] == paths[path][1:]


@pytest.mark.parametrize('name', PRETEXT)
def test_pretext_pipelines_have_the_labels_of_their_head(name):
    cfg, model = load(name), build(name)
    assert types(cfg.custom_hooks).count('PretextLabelsHook') == 1
    pipeline = [TRANSFORMS.build(step) for step in cfg.train_dataloader.dataset.pipeline]
    check_pipeline(model.pretext_head, pipeline, model.data_preprocessor.blending)


STCR = 'stcr/stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'


@pytest.mark.parametrize('name', PRETEXT)
def test_a_pretext_is_trained_as_stcr(name):
    cfg, stcr = load(name), load(STCR)
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr'):
        assert cfg[key] == stcr[key]
    if '/stcr-' in name:
        assert cfg.model.recipe == stcr.model.recipe
        made, theirs = (build(n).data_preprocessor.blending for n in (name, STCR))
        assert repr(made.paths).replace('per_clip=True', 'per_clip=False') == repr(
            theirs.paths
        )


def test_clip_order_prediction_comes_alone_and_with_stcr():
    """They differ by the paths, and each clip has a crop of its own in both."""
    name = 'stcr/pretext/{}_r3d-vcop_8xb8-16x1x3-50e_ucf101-rgb.py'
    both, alone = load(name.format('stcr-vcop')), load(name.format('vcop'))
    assert both.model.pretext_head == alone.model.pretext_head
    blending = both.model.data_preprocessor.blending
    crop = dict(type='RandomClipCrop', size=112, per_clip=True)
    assert blending.clean == [crop] == blending.noise[:1]
    pipeline = alone.train_dataloader.dataset.pipeline
    assert pipeline.pop(types(pipeline).index('FormatShape') - 1) == crop
    assert pipeline == both.train_dataloader.dataset.pipeline
    assert build(name.format('vcop')).consistency_head is None
    assert alone.model.data_preprocessor.blending is None


@pytest.mark.parametrize('name', [n for n in BENCHMARKS if n not in LINEAR])
def test_benchmarks_follow_the_paper(name):
    cfg = load(name)
    loaders = [cfg[f'{phase}_dataloader'] for phase in ('train', 'val', 'test')]
    sampled = [find(loader.dataset.pipeline, 'SampleFrames') for loader in loaders]
    assert [sampling.num_clips for sampling in sampled] == [1, 1, 10]
    assert len({sampling.clip_len for sampling in sampled}) == 1
    assert find(loaders[0].dataset.pipeline, 'Flip').flip_ratio == 0.5
    assert cfg.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.05, momentum=0.9, weight_decay=5e-4
    )
    assert cfg.param_scheduler[0].milestones == [10, 20, 30, 40]
    assert cfg.model.cls_head.num_classes == loaders[0].dataset.num_classes


@pytest.mark.parametrize('name', [n for n in FINE_TUNING if '64x1x1' not in n])
def test_fine_tuning_is_training_from_scratch_but_for_the_start(name):
    tuned = load(name).to_dict()
    scratch = load(re.sub('_stcr-.*pre_', '_', name)).to_dict()
    differing = {key for key in tuned if tuned[key] != scratch.get(key)}
    assert differing == {'load_from', 'pretraining'}


def test_few_labels_are_an_option():
    cfg = load('stcr/benchmarks/r3d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_ucf101-rgb.py')
    few = dict(labeled_fraction=0.1, labeled_only=True)
    assert few.keys().isdisjoint(cfg.train_dataloader.dataset)
    cfg.train_dataloader.dataset.update(few, ann_file='', lazy_init=True)
    DATASETS.build(cfg.train_dataloader.dataset)


@pytest.mark.parametrize('name', LONG)
def test_every_long_pretraining_is_tuned_and_probed(name):
    (tuned,) = (n for n in FINE_TUNING if load(n).pretraining == PATHS[name].stem)
    (probed,) = (n for n in LINEAR if load(n).pretraining == PATHS[name].stem)
    networks = [load(n).model.backbone for n in (name, tuned, probed)]
    assert networks[0] == networks[1] == networks[2]


def test_r3d_18_is_torchvisions():
    """The converter's tests hold that backbone against torchvision."""
    (name,) = (n for n in LONG if 'r3d-18' in n)
    assert load(name).model.backbone == PUBLIC_NETWORKS['r3d_18'].backbone
    backbone = build(name).backbone
    clips = torch.empty(2, 3, 16, 112, 112, device='meta')
    assert backbone(clips).shape == (2, 512, 2, 7, 7)
    # 33,371,472 in torchvision, 512 * 400 + 400 of them in its classifier.
    assert sum(p.numel() for p in backbone.parameters()) == 33_371_472 - 205_200


@pytest.mark.parametrize('name', LINEAR)
def test_a_linear_probe_trains_one_layer(name):
    cfg = load(name)
    trained = [n for n, p in build(name).named_parameters() if p.requires_grad]
    assert trained == ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias']
    assert cfg.model.cls_head.num_classes == cfg.train_dataloader.dataset.num_classes
    assert cfg.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-3
    )
    assert cfg.param_scheduler[0].milestones == [60, 80]


@pytest.mark.parametrize('name', [*LINEAR, *FINE_TUNING])
def test_fine_tuning_starts_from_what_pretraining_leaves(name):
    tuned = load(name)
    (found,) = (n for n in PRETRAINING if PATHS[n].stem == tuned.pretraining)
    pretrained = load(found)
    epochs = pretrained.train_cfg.max_epochs
    assert epochs % pretrained.default_hooks.checkpoint.interval == 0
    assert tuned.load_from == f'./work_dirs/{tuned.pretraining}/epoch_{epochs}.pth'
    weights = build(found).backbone.state_dict()
    assert weights.keys() == build(name).backbone.state_dict().keys()


SUPERVISED = {
    'demo': 'demo/r3d-vcop_16x1x1_surv-fight-rgb.py',
    'stcr': 'stcr/benchmarks/r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py',
}


@pytest.mark.parametrize('name', SEMI)
def test_semi_supervised_is_supervised_with_fewer_labels_and_two_paths(name):
    semi, supervised = load(name), load(SUPERVISED[name.split('/')[0]])
    pipeline = supervised.train_dataloader.dataset.pipeline
    crop = find(pipeline, 'RandomCrop')
    pipeline.remove(crop)
    supervised.train_dataloader.dataset.labeled_fraction = 0.1
    for key in ('train_dataloader', 'test_dataloader', 'optim_wrapper', 'train_cfg'):
        assert semi[key] == supervised[key]
    assert semi.model.recipe == 'paper'
    assert semi.model.clip_shape == (16, crop.size, crop.size)


@pytest.mark.parametrize(
    ('arm', 'kind'),
    [
        ('stt', 'SpatioTemporalTransform'),
        ('im', 'IntraVideoMixup'),
        ('gaussian-noise', 'SpatialGaussianNoise'),
        ('video-mixup', 'VideoMixup'),
        ('video-cutmix', 'VideoCutMix'),
        ('inter-video-mixup', 'InterVideoMixup'),
    ],
)
def test_arms_of_tables_1_and_2(arm, kind):
    name = '_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'
    cfg, whole = load(f'stcr/ablations/stcr-{arm}{name}'), load(f'stcr/stcr{name}')
    blending = cfg.model.data_preprocessor.pop('blending')
    made = blend_paths(read_recipe('paper').recipe, cfg.model.clip_shape)
    assert types(blending.noise) == ['RandomClipCrop', kind]
    assert blending == dict(made, noise=[made['noise'][0], dict(type=kind)])
    for key in ('model', 'train_dataloader', 'optim_wrapper', 'param_scheduler'):
        assert cfg[key] == whole[key]


@pytest.mark.parametrize('name', PATHS)
def test_pretraining_watches_for_collapse(name):
    cfg = load(name)
    unlabeled = cfg.model.get('cls_head') is None
    watched = 'CollapseMonitorHook' in types(cfg.get('custom_hooks', []))
    assert watched == (unlabeled and bool(read_head(cfg.model)))
    finite = cfg.default_hooks.get('finite') == dict(type='FiniteLossHook')
    assert finite or name.startswith('stcr/mmaction2/')


@pytest.mark.parametrize(('dataset', 'classes'), [('ucf101', 101), ('hmdb51', 51)])
@pytest.mark.parametrize(
    'name',
    [
        'stcr/stcr_c3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py',
        'stcr/benchmarks/c3d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_ucf101-rgb.py',
        LINEAR[0],
    ],
)
def test_data_set_split_and_root_come_from_the_environment(
    dataset, classes, name, tmp_path, monkeypatch
):
    (tmp_path / 'videos/run').mkdir(parents=True)
    for part, count in (('train', 2), ('val', 1)):
        files = [f'run/{part}_{number}.avi' for number in range(count)]
        for file in files:
            (tmp_path / 'videos' / file).touch()
        lines = ''.join(f'{file} {label}\n' for label, file in enumerate(files))
        (tmp_path / f'{dataset}_{part}_split_2_videos.txt').write_text(lines)
    monkeypatch.setenv('DATASET', dataset)
    monkeypatch.setenv('SPLIT', '2')
    monkeypatch.setenv(f'{dataset.upper()}_ROOT', str(tmp_path))

    cfg = Config.fromfile(PATHS[name])

    loaders = [cfg.get(f'{phase}_dataloader') for phase in ('train', 'val', 'test')]
    sizes = [len(DATASETS.build(loader.dataset)) for loader in loaders if loader]
    assert sizes == ([2, 1, 1] if 'benchmarks' in name else [2])
    assert cfg.train_dataloader.dataset.num_classes == classes
    if cfg.model.cls_head is not None:
        assert cfg.model.cls_head.num_classes == classes


def test_unknown_data_set(monkeypatch):
    monkeypatch.setenv('DATASET', 'ucf-101')
    with pytest.raises(ValueError, match='DATASET=ucf-101 .* choose ucf101 or hmdb51'):
        Config.fromfile(PATHS[STCR])
