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

ROOT = Path(__file__).parents[1] / 'configs'
PATHS = {
    path.relative_to(ROOT).as_posix(): path
    for path in sorted(ROOT.rglob('*.py'))
    if not {'_base_', 'experiments'} & set(path.parts)
}
NAMED = [name for name in PATHS if name.startswith('stcr/')]
OURS = [name for name in NAMED if not name.startswith('stcr/mmaction2/')]
PRETEXT = [name for name in OURS if name.startswith('stcr/pretext/')]
BEYOND_PAPER = [name for name in OURS if name.startswith('stcr/beyond_paper/')]
CONTRAST = [name for name in BEYOND_PAPER if re.search('/stcr-contrast(-stt)?_', name)]
PRETRAINING = [
    name for name in OURS if not re.search('benchmarks|beyond_paper|pretext|semi', name)
]
BENCHMARKS = [name for name in OURS if 'benchmarks' in name]
SEMI = [name for name in PATHS if 'stcr-semi_' in name]
FINE_TUNING = [name for name in BENCHMARKS if '-pre_' in name]
FEW_LABELS = [name for name in BENCHMARKS if '-10percent_' in name]
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
    for variable in ('SPLIT', 'UCF101_ROOT', 'HMDB51_ROOT', 'MOTION_ROOT'):
        monkeypatch.delenv(variable, raising=False)


@functools.cache
def read(name):
    return Config.fromfile(PATHS[name])


def load(name):
    return copy.deepcopy(read(name))


def find(pipeline, kind):
    return next(step for step in pipeline if step['type'] == kind)


@pytest.fixture
def video(make_video, tmp_path):
    """Long enough for three clips of 16 frames with gaps of 8."""
    return make_video(tmp_path / 'video.mp4', num_frames=64)


def build_model(cfg):
    with torch.device('meta'):
        return MODELS.build(cfg.model)


def take_sample(pipeline, video):
    """Run a pipeline on a real video; return inputs (V, C, T, H, W) on meta, sample."""
    annotation = dict(filename=str(video), label=1, start_index=0, modality='RGB')
    packed = Compose(pipeline)(annotation)
    return packed['inputs'].to('meta', torch.float32), packed['data_samples']


def test_there_are_configs_of_each_kind():
    assert len(PRETRAINING) == 2 * 4 + 6
    assert len(FEW_LABELS) == 4
    assert len(LINEAR) == 2 * 4
    assert len(BENCHMARKS) == 2 * (4 + 4 + 1) + len(FEW_LABELS) + len(LINEAR)
    assert len(BEYOND_PAPER) == 4 + 2 + 3 + 2
    assert len(CONTRAST) == 5
    assert len(PRETEXT) == 2 * 6
    assert len(SEMI) == 2
    assert len(NAMED) > len(OURS)


@pytest.mark.parametrize('name', PATHS)
def test_training_parts_build(name):
    cfg = load(name)
    model = build_model(cfg)
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
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
TERMS = dict(VarianceCovarianceLoss=['_variance', '_covariance'])


def expected_losses(config, model):
    expected = set()
    if head := config.get('consistency_head'):
        expected |= {name for name in PAPER_LOSSES if head.get(name, {}) is not None}
        for name, loss in head.get('auxiliary_losses', {}).items():
            expected |= {f'loss_{name}{term}' for term in TERMS.get(loss.type, [''])}
    if config.get('pretext_head'):
        task = model.pretext_head.task
        expected |= {f'loss_{task}', f'acc_{task}'}
    return expected


OFFICIAL_COUNTS = 9537, 3570, 1193
"""Training videos of UCF101 and HMDB51, split 1, and a share of eight processes."""


def batch_sizes(loader):
    """Return the sizes of all batches of an epoch, on 1 to 8 processes."""
    sizes = set()
    for videos, processes in itertools.product(OFFICIAL_COUNTS, range(1, 9)):
        given = dict(sampler=range(-(-videos // processes)), batch_size=loader.batch_size)
        batches = list(DATA_SAMPLERS.build(loader.batch_sampler, default_args=given))
        assert [index for batch in batches for index in batch] == list(given['sampler'])
        sizes |= set(map(len, batches))
    return sizes


def learn_from(cfg, model, inputs, sample, count):
    """Train a step on some copies of a sample; return the losses."""
    losses = {}
    classifier = getattr(model, 'cls_head', None)
    if cfg.model.type == 'STCR':
        model.cls_head = None  # measures accuracy, which meta tensors do not have
        batch = torch.stack([inputs] * count), [copy.deepcopy(sample)] * count
        blending = model.data_preprocessor.blending
        losses = model.loss(*(batch if blending is None else blending(*batch)))
        sum(loss for name, loss in losses.items() if 'loss' in name).backward()
    if classifier is not None:
        model.cls_head = classifier
        clips = inputs[None, :1].expand(count, *[-1] * inputs.ndim)
        scores, _ = model.extract_feat(clips.contiguous(), stage='head')
        assert scores.shape == (count, cfg.model.cls_head.num_classes)
        scores.sum().backward()
    return losses


@pytest.mark.parametrize('name', PATHS)
def test_train_samples_fit_the_model(name, video):
    cfg = load(name)
    dataset = cfg.train_dataloader.dataset
    inputs, sample = take_sample(dataset.get('dataset', dataset).pipeline, video)
    model = build_model(cfg)
    sizes = batch_sizes(cfg.train_dataloader)
    for count in {min(sizes), max(sizes)}:
        losses = learn_from(cfg, model, inputs, sample, count)
        if cfg.model.type == 'STCR':
            assert set(losses) == expected_losses(cfg.model, model)
            assert all(loss.shape == () for loss in losses.values())
    # Distributed training waits for every gradient.
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    assert [name for name, parameter in trained if parameter.grad is None] == []


@pytest.mark.parametrize('name', PATHS)
def test_no_batch_has_one_video_alone(name):
    loader = load(name).train_dataloader
    assert 1 < min(batch_sizes(loader)) <= max(batch_sizes(loader)) == loader.batch_size


@pytest.mark.parametrize('name', PATHS)
def test_test_samples_fit_the_model(name, video):
    cfg = load(name)
    if cfg.get('test_dataloader') is None:
        assert cfg.model.get('cls_head') is None
        return
    inputs, sample = take_sample(cfg.test_dataloader.dataset.pipeline, video)
    model = build_model(cfg).eval()
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
    regularized = cfg.model.get('consistency_head') is not None
    assert told['model'].startswith('stcr') == regularized


def test_work_dirs_are_the_names():
    for name in OURS:
        assert load(name).work_dir == f'./work_dirs/{PATHS[name].stem}/split1'


@pytest.mark.parametrize('name', PATHS)
def test_nothing_is_downloaded(name):
    cfg = load(name)
    assert not cfg.model.backbone.get('pretrained')
    assert '://' not in (cfg.get('load_from') or '')


@pytest.mark.parametrize('name', PRETRAINING)
def test_pretraining_follows_the_paper(name):
    cfg = load(name)
    pipeline = cfg.train_dataloader.dataset.pipeline
    paths = find(pipeline, 'SiamesePaths')
    assert paths.clean == [dict(type='RandomCrop', size=112)]
    assert find(pipeline, 'SampleFrames').out_of_bound_opt == 'repeat_last'
    assert cfg.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4
    )
    assert cfg.param_scheduler[0].milestones == [10, 20, 30, 40]
    assert cfg.model.get('cls_head') is None
    assert cfg.get('val_cfg') is None


@pytest.mark.parametrize('name', CONTRAST)
def test_what_was_measured_is_there_at_the_papers_scale(name):
    model = PATHS[name].name.split('_')[0]
    cfg, measured = load(name), load(f'demo/{model}_r3d-vcop_16x2x1_motion-rgb.py')
    head, small = (c.model.consistency_head for c in (cfg, measured))
    inputs = head.in_channels * head.temporal_size
    assert head.auxiliary_losses.contrast.projector.in_channels == inputs
    for given in (head, small):
        given.in_channels = given.auxiliary_losses.contrast.projector = None
    assert head == small
    for key in ('optim_wrapper', 'param_scheduler'):
        assert cfg[key] == measured[key]
    paths, small = (
        find(c.train_dataloader.dataset.pipeline, 'SiamesePaths') for c in (cfg, measured)
    )
    for path in ('clean', 'noise'):
        crop, *changes = paths[path]
        assert (crop.type, changes) == (small[path][0].type, small[path][1:])


def test_gradients_are_all_that_differs_in_fine_tuning_on_them():
    name = 'stcr/beyond_paper/r3d-vcop_{}_8xb8-16x1x1-45e_ucf101-rgb.py'
    scratch, tuned = (
        load(name.format('gradients')),
        load(name.format('stcr-contrast-ucf101-pre-gradients')),
    )
    frames = load('stcr/benchmarks/r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py')
    for phase in ('train', 'val', 'test'):
        loader = scratch[f'{phase}_dataloader']
        assert tuned[f'{phase}_dataloader'] == loader
        loader.dataset.pipeline.remove(dict(type='TemporalGradient'))
        assert loader == frames[f'{phase}_dataloader']
    for key in ('model', 'param_scheduler', 'train_cfg'):
        assert tuned[key] == scratch[key] == frames[key]


@pytest.mark.parametrize('name', PRETEXT)
def test_pretext_pipelines_have_the_labels_of_their_head(name):
    cfg = load(name)
    hooks = [hook['type'] for hook in cfg.custom_hooks]
    assert hooks.count('PretextLabelsHook') == 1
    pipeline = [TRANSFORMS.build(step) for step in cfg.train_dataloader.dataset.pipeline]
    check_pipeline(build_model(cfg).pretext_head, pipeline)


@pytest.mark.parametrize('name', [n for n in PRETEXT if '/stcr-' in n])
def test_a_pretext_head_comes_alone_and_with_stcr(name):
    """They differ by the noise path, where the task needs none, and by STCR."""
    both, alone = load(name), load(name.replace('/stcr-', '/'))
    stcr = load('stcr/stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py')
    assert both.model.consistency_head == stcr.model.consistency_head
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr'):
        assert both[key] == alone[key] == stcr[key]
    assert both.model.pretext_head == alone.model.pretext_head
    siamese, plain = (c.train_dataloader.dataset.pipeline for c in (both, alone))
    paths = find(siamese, 'SiamesePaths')
    shared = [step for step in siamese if step != paths]
    assert [step for step in plain if step in siamese] == shared
    assert (
        paths.noise[1:]
        == find(stcr.train_dataloader.dataset.pipeline, paths.type).noise[1:]
    )


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
    scratch = load(re.sub('_stcr-.*-pre_', '_', name)).to_dict()
    differing = {key for key in tuned if tuned[key] != scratch.get(key)}
    assert differing == {'load_from', 'pretraining', 'work_dir'}


@pytest.mark.parametrize('name', FEW_LABELS)
def test_few_labels_are_all_that_differs_from_fine_tuning(name):
    few = load(name)
    whole = load(name.replace('-10percent_', '_'))
    few.work_dir = whole.work_dir
    whole.train_dataloader.dataset.update(labelled_fraction=0.1, labelled_only=True)
    assert few.to_dict() == whole.to_dict()


@pytest.mark.parametrize('name', LINEAR)
def test_a_linear_probe_trains_one_layer(name):
    cfg = load(name)
    model = build_model(cfg)
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    assert trained == ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias']
    assert cfg.model.cls_head.num_classes == cfg.train_dataloader.dataset.num_classes
    assert cfg.optim_wrapper.optimizer == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-3
    )
    assert cfg.param_scheduler[0].milestones == [60, 80]


@pytest.mark.parametrize('name', [n for n in NAMED if re.search('-pre[-_]', n)])
def test_fine_tuning_starts_from_what_pretraining_leaves(name):
    tuned = load(name)
    (found,) = (n for n in NAMED if PATHS[n].stem == tuned.pretraining)
    pretrained = load(found)
    epochs = pretrained.train_cfg.max_epochs
    assert epochs % pretrained.default_hooks.checkpoint.interval == 0
    assert tuned.load_from == f'{pretrained.work_dir}/epoch_{epochs}.pth'
    weights = build_model(pretrained).backbone.state_dict()
    assert weights.keys() == build_model(tuned).backbone.state_dict().keys()


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
    supervised.train_dataloader.dataset.labelled_fraction = 0.1
    for key in ('train_dataloader', 'test_dataloader', 'optim_wrapper', 'train_cfg'):
        assert semi[key] == supervised[key]
    assert semi.model.data_preprocessor.blending == dict(
        type='SiameseBlending', size=crop.size
    )


@pytest.mark.parametrize(
    ('arm', 'noise', 'blending'),
    [
        ('stt', ['SpatioTemporalTransform'], None),
        ('im', ['IntraVideoMixup'], None),
        ('gaussian-noise', ['SpatialGaussianNoise'], None),
        ('video-mixup', [], 'VideoMixup'),
        ('video-cutmix', [], 'VideoCutMix'),
        ('inter-video-mixup', [], 'InterVideoMixup'),
    ],
)
def test_arms_of_tables_1_and_2(arm, noise, blending):
    name = '_inception-i3d_8xb8-16x4x1-50e_ucf101-rgb.py'
    cfg, whole = load(f'stcr/ablations/stcr-{arm}{name}'), load(f'stcr/stcr{name}')
    pipeline = cfg.train_dataloader.dataset.pipeline
    paths = find(pipeline, 'SiamesePaths')
    assert [step.type for step in paths.noise] == ['RandomCrop', *noise]
    given = cfg.model.data_preprocessor.pop('blending', None)
    assert (given and given.type) == blending
    assert cfg.model == whole.model
    paths.noise = find(whole.train_dataloader.dataset.pipeline, 'SiamesePaths').noise
    assert cfg.train_dataloader == whole.train_dataloader


@pytest.mark.parametrize('name', PATHS)
def test_pretraining_watches_for_collapse(name):
    cfg = load(name)
    hooks = {hook['type'] for hook in cfg.get('custom_hooks', [])}
    regularized = cfg.model.get('consistency_head') is not None
    unlabelled = cfg.model.get('cls_head') is None
    assert ('CollapseMonitorHook' in hooks) == (regularized and unlabelled)
    assert 'FiniteLossHook' in hooks or name.startswith('stcr/mmaction2/')


@pytest.mark.parametrize('dataset', ['ucf101', 'hmdb51'])
@pytest.mark.parametrize(
    'name',
    [
        'stcr/stcr_c3d-vcop_8xb8-16x4x1-50e_{}-rgb.py',
        'stcr/benchmarks/c3d-vcop_stcr-ucf101-pre_8xb8-16x1x1-45e_{}-rgb.py',
    ],
)
def test_split_and_data_root_come_from_the_environment(
    dataset, name, tmp_path, monkeypatch
):
    (tmp_path / 'videos/run').mkdir(parents=True)
    for part, count in (('train', 2), ('val', 1)):
        files = [f'run/{part}_{number}.avi' for number in range(count)]
        for file in files:
            (tmp_path / 'videos' / file).touch()
        lines = ''.join(f'{file} {label}\n' for label, file in enumerate(files))
        (tmp_path / f'{dataset}_{part}_split_2_videos.txt').write_text(lines)
    monkeypatch.setenv('SPLIT', '2')
    monkeypatch.setenv(f'{dataset.upper()}_ROOT', str(tmp_path))

    cfg = Config.fromfile(PATHS[name.format(dataset)])

    assert cfg.work_dir.endswith('/split2')
    assert 'split2' not in (cfg.get('load_from') or '')  # pretraining is on split 1
    loaders = [cfg.get(f'{phase}_dataloader') for phase in ('train', 'val', 'test')]
    sizes = [len(DATASETS.build(loader.dataset)) for loader in loaders if loader]
    assert sizes == ([2, 1, 1] if 'benchmarks' in name else [2])
