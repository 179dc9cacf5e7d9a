"""Every picture, drawn by the real tools from checkpoints of ours and of MMAction2."""

import json
import runpy
import sys
from pathlib import Path

import cv2
import method
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from scene import render_ball
from transform_consistency import undone_maps

from stcr_mmaction.apis import Network
from stcr_mmaction.apis.pictures import grid, write
from stcr_mmaction.functional import transformation_consistency, unflip_time

from ..conftest import write_video

TOOLS = Path(__file__).parents[2] / 'tools'
TEST, TRAIN = 6, 8
DATA = """
default_scope = 'mmaction'
preprocessor = dict(
    type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3, format_shape='NCTHW')
read = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=2, test_mode=True),
    dict(type='DecordDecode'), dict(type='Resize', scale=(40, 40), keep_ratio=False)]
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
def loader(part):
    return dict(
        batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(
            type='VideoDataset', ann_file=f'{{fileDirname}}/videos/{part}.txt',
            data_prefix=dict(video='{{fileDirname}}/videos'), test_mode=part == 'test',
            pipeline=[*read, dict(type='CenterCrop', crop_size=32), *pack]))
train_dataloader, test_dataloader = loader('train'), loader('test')
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='AccMetric')
"""
CONFIGS = dict(
    pretrain=DATA
    + """
model = dict(
    type='STCR', backbone=dict(type='VCOPR3D', base_channels=4),
    data_preprocessor=preprocessor,
    consistency_head=dict(type='STCRHead', in_channels=32, temporal_size=2))
crop = dict(type='RandomCrop', size=32)
train_dataloader['dataset']['pipeline'] = [
    read[0], dict(read[1], num_clips=1, test_mode=False), *read[2:],
    dict(type='SiamesePaths', clean=[crop], noise=[
        crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]),
    pack[0], dict(type='PackActionInputs', meta_keys=(
        'transform_codes', 'mixup_weights', 'mixup_frames'))]
""",
    recognize=DATA
    + """
model = dict(
    type='Recognizer3D', backbone=dict(type='VCOPR3D', base_channels=4),
    data_preprocessor=preprocessor,
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=32, average_clips='prob'))
""",
    stock=DATA
    + """
model = dict(
    type='Recognizer3D', data_preprocessor=preprocessor,
    backbone=dict(
        type='ResNet3dSlowOnly', depth=18, pretrained=None, base_channels=8,
        lateral=False, conv1_kernel=(1, 7, 7), conv1_stride_t=1, pool1_stride_t=1,
        inflate=(0, 0, 1, 1)),
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=64, average_clips='prob'))
""",
)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Videos, configs, and a checkpoint of each config."""
    folder = tmp_path_factory.mktemp('visualizations')
    for number in range(TRAIN):
        write_video(folder / 'videos' / f'{number}.mp4', num_frames=30, seed=number)
    for part, count in dict(train=TRAIN, test=TEST).items():
        lines = [f'{number}.mp4 {number % 2}\n' for number in range(count)]
        (folder / 'videos' / f'{part}.txt').write_text(''.join(lines))
    (folder / 'videos/label_map.txt').write_text('rise\nfall\n')
    torch.manual_seed(0)
    init_default_scope('mmaction')
    for name, text in CONFIGS.items():
        (folder / f'{name}.py').write_text(text)
        model = MODELS.build(Config.fromfile(folder / f'{name}.py').model)
        (folder / name).mkdir()
        torch.save(dict(state_dict=model.state_dict()), folder / name / 'last.pth')
    return folder


@pytest.fixture
def draw(folder, tmp_path, monkeypatch):
    """Run a tool on networks by name; return its picture and numbers."""

    def run(tool, *networks, options=()):
        words = []
        for name in networks:
            config, _, untrained = name.partition(' ')
            words += [f'{folder / config}.py', untrained or f'{folder / config}/last.pth']
        out = tmp_path / 'pictures' / 'picture.png'
        words += ['--out', str(out), *options]
        monkeypatch.setattr(sys, 'argv', [tool, *words])
        runpy.run_path(str(TOOLS / 'visualizations' / tool), run_name='__main__')
        picture = cv2.imread(str(out))
        assert picture.std() > 5  # something is drawn
        return picture, json.loads(out.with_suffix('.json').read_text())

    return run


ALL = 'pretrain', 'recognize', 'stock', 'pretrain none'


def test_pictures_are_none_of_pyplot(tmp_path):
    """A notebook would show them, and keep its own from being shown inline."""
    before = plt.get_fignums()
    figure, panels = grid(2, 1, height=1.0)
    write(figure, tmp_path / 'new' / 'x.png')
    assert panels.shape == (2, 1)
    assert plt.get_fignums() == before
    assert cv2.imread(str(tmp_path / 'new' / 'x.png')).size


def test_the_method(tmp_path, monkeypatch):
    out = tmp_path / 'method.png'
    monkeypatch.setattr(sys, 'argv', ['method.py', '--out', str(out)])
    method.main()
    height, width = cv2.imread(str(out)).shape[:2]
    assert width / height == pytest.approx(method.SIZE[0] / method.SIZE[1], rel=0.01)


def test_what_stands_for_the_network_follows_the_transformation():
    clean, noise = (method.features(clip) for clip in method.make_paths())
    undone = unflip_time(noise[None], [method.CODE])[0]
    # Mixup with a still frame makes what changes weaker, and nothing else.
    torch.testing.assert_close(undone, (1 - method.WEIGHT) * clean, rtol=0.1, atol=0.02)


def test_the_ball_moves_over_what_stands_still():
    first, second = render_ball(seed=1, length=6), render_ball(seed=1, length=6)
    assert np.array_equal(first, second)
    assert first.shape == (6, 112, 112, 3)
    assert not np.array_equal(first, render_ball(seed=2, length=6))
    still = np.ptp(first, axis=0).max(axis=2) == 0
    assert 0.2 < still.mean() < 0.8


def test_transform_consistency(draw):
    _, numbers = draw('transform_consistency.py', *ALL)
    assert list(numbers) == ['pretrain', 'recognize', 'stock', 'untrained']
    for network in numbers.values():
        assert 0 < network['score'] < 1
        assert network['videos'] == TEST
        assert np.shape(network['matrix'])[1] == 16


class Pooling(torch.nn.Module):
    """Even sizes are pooled alike from both ends: exactly equivariant."""

    def forward(self, clips):
        """(N, C, T, H, W) -> (N, C, T / 2, H / 4, W / 4)."""
        return torch.nn.functional.avg_pool3d(clips, (2, 4, 4))


def test_the_figure_of_an_equivariant_network_has_equal_columns():
    model = torch.nn.Module()
    model.backbone = Pooling()
    network = Network('pooling', Config(), model)
    maps = undone_maps(network, torch.rand(3, 16, 32, 32))
    torch.testing.assert_close(maps, maps[:1].expand_as(maps))
    score = transformation_consistency(maps[None])
    torch.testing.assert_close(score, torch.ones(1).double())


def test_clips_that_are_not_square_make_no_quarter_turns():
    with pytest.raises(SystemExit, match=r'\(32, 48\) pixels .*square'):
        undone_maps(Network('any', Config(), None), torch.rand(3, 16, 32, 48))


def test_heat_maps(draw, tmp_path):
    video = tmp_path / 'heat.mp4'
    options = ['--rows', '2', '--video', str(video)]
    _, numbers = draw('heat_maps.py', *ALL, options=options)
    assert numbers['videos'] == TEST
    assert list(numbers['heat_on_motion']) == [
        'pretrain', 'recognize', 'stock', 'untrained'
    ]  # fmt: skip
    assert all(0 <= share <= 1 for share in numbers['heat_on_motion'].values())
    # The brightness of the test videos changes by 4 levels a frame.
    assert numbers['moving_pixels'] < 0.05
    options = ['--threshold', '2', '--layer', 'layer1']
    _, numbers = draw('heat_maps.py', 'stock', options=options)
    assert numbers['moving_pixels'] > 0.6
    film = cv2.VideoCapture(str(video))
    assert int(film.get(cv2.CAP_PROP_FRAME_COUNT)) == 16


def test_tsne(draw):
    _, numbers = draw('tsne.py', *ALL)
    assert numbers['labels'] == [0, 1] * (TEST // 2)
    for network in numbers['networks'].values():
        assert -1 <= network['silhouette'] <= 1
        assert np.shape(network['points']) == (TEST, 2)


def test_tsne_of_one_class(draw):
    with pytest.raises(SystemExit, match=r'3 videos of the labels \[1\] are too few'):
        draw('tsne.py', 'stock', options=['--classes', '1'])
    with pytest.raises(SystemExit, match=r'no video has one of the labels \[7\]'):
        draw('tsne.py', 'stock', options=['--classes', '7'])


def test_class_differences(draw):
    _, numbers = draw('class_differences.py', 'recognize', 'stock')
    assert numbers['networks'] == ['recognize', 'stock']
    assert {row['name'] for row in numbers['classes']} == {'rise', 'fall'}
    for top1, confusion in zip(numbers['top1'], numbers['confusion'], strict=True):
        counts = np.array(confusion)
        assert counts.sum(axis=1).tolist() == [TEST // 2] * 2
        assert top1 == pytest.approx(100 * counts.trace() / TEST)
    differences = [row['difference'] for row in numbers['classes']]
    assert differences == sorted(differences, reverse=True)


def test_class_differences_need_classifiers(draw):
    with pytest.raises(SystemExit, match='pretrain has no classifier'):
        draw('class_differences.py', 'pretrain', 'stock')
    with pytest.raises(SystemExit, match='two networks are compared, got 1'):
        draw('class_differences.py', 'stock')


def test_preview(folder, tmp_path, monkeypatch):
    out, video = tmp_path / 'preview.png', tmp_path / 'preview.mp4'
    words = [str(folder / 'pretrain.py'), '--out', str(out), '--video', str(video)]
    monkeypatch.setattr(sys, 'argv', ['preview_pipeline.py', *words, '--samples', '2'])
    tool = str(TOOLS / 'visualizations/preview_pipeline.py')
    runpy.run_path(tool, run_name='__main__')
    drawn = json.loads(out.with_suffix('.json').read_text())['samples']
    assert len(drawn) == 2
    assert all(0 <= code < 16 for sample in drawn for code in sample['transform_codes'])
    assert all(0 <= w <= 1 for sample in drawn for w in sample['mixup_weights'])
    first = out.read_bytes()
    runpy.run_path(tool, run_name='__main__')
    assert out.read_bytes() == first  # of one seed
    film = cv2.VideoCapture(str(video))
    assert int(film.get(cv2.CAP_PROP_FRAME_COUNT)) == 16


@pytest.mark.parametrize(
    ('networks', 'options', 'words'),
    [
        (['pretrain', 'pretrain'], [], 'tell the networks apart by --names'),
        (['pretrain'], ['--names', 'a', 'b'], '2 names of 1 networks'),
        (['pretrain'], ['--out', 'picture.jpg'], 'must end in .png'),
        (['pretrain'], ['--part', 'val'], 'no val_dataloader'),
        (['pretrain missing.pth'], [], "there is no file 'missing.pth'"),
        (['missing'], [], 'missing.py'),
    ],
)
def test_wrong_command_lines(draw, networks, options, words):
    with pytest.raises(SystemExit, match=words):
        draw('transform_consistency.py', *networks, options=options)


def test_a_checkpoint_of_another_network(draw, folder):
    other = f'pretrain {folder / "stock/last.pth"}'
    with pytest.raises(SystemExit, match='is not of the backbone of .*pretrain.py'):
        draw('transform_consistency.py', other)


@pytest.fixture
def retrieve(folder, tmp_path, monkeypatch):
    """Run the tool in the folder; return the file of its figures."""

    def run(config, checkpoint, *options):
        out = tmp_path / 'found.png'
        monkeypatch.chdir(folder)
        words = [config, checkpoint, '--out', str(out), '--work-dir', str(tmp_path)]
        monkeypatch.setattr(sys, 'argv', ['retrieval.py', *words, *options])
        runpy.run_path(str(TOOLS / 'retrieval.py'), run_name='__main__')
        assert cv2.imread(str(out)).std() > 5
        return json.loads(out.with_suffix('.json').read_text())

    return run


@pytest.mark.parametrize('config', ['recognize', 'stock'])
def test_retrieval(retrieve, config):
    # A recognition's config, with the checkpoint of a pretraining where it is the same.
    checkpoint = f'{dict(recognize="pretrain").get(config, config)}/last.pth'
    options = ['--protocol', 'pooled', '--topk', '1', '3', '--knn', '3', '--rows', '3']
    numbers = retrieve(f'{config}.py', checkpoint, *options)
    assert numbers['gallery'] == TRAIN
    assert len(numbers['queries']) == TEST
    # The queries are in the gallery as well, so each is its own nearest neighbor.
    assert numbers['top1'] == 1
    assert numbers['guess']['top1'] == pytest.approx(0.5)
    assert numbers['guess']['top3'] == pytest.approx(1 - 4 / 56)  # 4 of 8 have the class
    for query in numbers['queries']:
        assert query['neighbors'][0] == query['video']


def test_a_guess_of_as_many_as_the_others_and_one_is_right():
    guess = runpy.run_path(str(TOOLS / 'retrieval.py'))['guess']
    queries = [dict(label=0), dict(label=1)]
    assert guess(queries, [0, 1, 1], 1) == pytest.approx(0.5)
    assert guess(queries, [0, 1, 1], 3) == 1


@pytest.mark.parametrize('label, labels, count', [(3, [0, 1], 4), (0, [2, 1], 3)])
def test_retrieval_names_the_classes_of_queries_and_neighbors(label, labels, count):
    tool = runpy.run_path(str(TOOLS / 'retrieval.py'))
    queries = [dict(label=0, labels=[0]), dict(label=label, labels=labels)]
    assert tool['count_classes'](queries) == count


@pytest.mark.parametrize(
    ('words', 'error', 'message'),
    [
        (['recognize.py', 'stock/last.pth'], RuntimeError, 'backbone'),
        (['pretrain.py', 'missing.pth'], SystemExit, 'there is no checkpoint file'),
        (['pretrain.py', 'pretrain/last.pth'], ValueError, 'too few for 50 neighbors'),
    ],
)
def test_retrieval_that_cannot_be(retrieve, words, error, message):
    with pytest.raises(error, match=message):
        retrieve(*words, '--protocol', 'pooled')
