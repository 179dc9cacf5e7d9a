"""The measure on real clips: what is drawn, what is never parted, what is written."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from tools.experiments.real_clips import __main__ as command
from tools.experiments.real_clips import (
    finetuned,
    finetuning,
    network,
    pretraining,
    probing,
    sampling,
)
from tools.experiments.real_clips.clips import Videos, load_videos
from tools.experiments.real_clips.frozen import Frozen
from tools.experiments.real_clips.scale import SCALES
from tools.experiments.real_clips.sets import FOLDS, Clip, list_clips, make_folds
from tools.experiments.real_clips.task import Task, load_task

from ...conftest import write_video

LENGTHS = torch.tensor([6, 40, 160])


def make_videos(lengths=(20, 24, 30), height=8):
    total = sum(lengths)
    frames = torch.arange(total, dtype=torch.uint8).view(-1, 1, 1, 1)
    lengths = torch.tensor(lengths)
    shape = (total, height, height * 4 // 3, 3)
    return Videos(frames.expand(shape).clone(), lengths.cumsum(0) - lengths, lengths)


def test_a_group_is_in_one_fold_and_all_folds_have_as_many():
    clips = [Clip(None, 'lips', 'yes', str(group)) for group in range(15) for _ in '123']
    folds = make_folds(clips)
    assert sorted(folds.values()) == sorted(list(range(FOLDS)) * 3)


def test_a_folder_without_the_lists_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'clips\.tsv'):
        list_clips(tmp_path)


@pytest.mark.parametrize('stride', [None, 2])
def test_clips_are_drawn_in_order_within_the_video_and_by_the_seed(stride):
    def draw(seed):
        random = np.random.default_rng(seed)
        return sampling.draw_offsets(LENGTHS.repeat(50), stride, random)

    offsets = draw(0)
    assert offsets.shape == (150, 16)
    assert (offsets >= 0).all() and (offsets < LENGTHS.repeat(50)[:, None]).all()
    steps = offsets.diff(dim=1)
    assert (steps >= 0).all()
    if stride:
        assert (steps[2::3] == stride).all()  # the long ones
    else:
        spans = (offsets[2::3, -1] - offsets[2::3, 0]) / (160 * 15 / 16)
        assert spans.min() > 0.68 and spans.max() < 1.02
    assert torch.equal(draw(0), offsets)
    assert not torch.equal(draw(1), offsets)


def test_tested_clips_are_spread_over_the_video():
    first, last = sampling.spread_offsets(LENGTHS, 2, 2)
    assert (first[:, 1:] >= first[:, :-1]).all()
    assert (last < LENGTHS[:, None]).all()
    margins = first[2, 0] - 0, 159 - last[2, -1]
    assert abs(margins[0] - margins[1]) <= 2
    (whole,) = sampling.spread_offsets(LENGTHS, None, 4)
    assert whole[2].tolist() == [10 * n + 5 for n in range(16)]


def test_clips_are_read_from_their_videos():
    videos = make_videos()
    chosen = Videos.join([videos.choose([2]), videos]).choose([0, 2])
    clips = chosen.read(torch.tensor([0, 1]), torch.tensor([[0, 29], [1, 23]]))
    assert clips.shape == (2, 3, 2, 8, 10)
    assert clips[:, 0, :, 0, 0].tolist() == [[44, 73], [21, 43]]


def test_decoded_frames_are_kept_and_are_not_taken_for_others(tmp_path):
    paths = [write_video(tmp_path / f'{n}.mp4', num_frames=5 + n) for n in range(2)]
    videos = load_videos(paths, 48, tmp_path / 'kept.pt')
    assert videos.lengths.tolist() == [5, 6]
    assert videos.frames.shape == (11, 48, 64, 3)
    again = load_videos(paths, 48, tmp_path / 'kept.pt')
    assert torch.equal(again.frames, videos.frames)
    with pytest.raises(ValueError, match='holds other videos'):
        load_videos(paths[:1], 48, tmp_path / 'kept.pt')


def test_a_still_has_gray_gradients():
    still = torch.rand(2, 3, 1, 4, 4).expand(2, 3, 5, 4, 4)
    gradients = probing.change_input(still, 'gradients')
    torch.testing.assert_close(gradients, torch.full_like(still, 0.5))
    assert probing.change_input(still, 'rgb') is still


def test_the_probe_learns_from_the_training_videos_alone():
    random = np.random.default_rng(0)
    labels = np.tile(np.arange(3), 20)
    centers = 3 * random.normal(size=(3, 8))
    features = (centers[labels] + random.normal(size=(60, 8))).astype(np.float32)
    train = np.arange(60) < 45
    parts = [train & (np.arange(60) % 4 == 0)]
    found = probing.probe(features, labels, train, parts)
    assert found['linear'].mean() > 0.9 and found['nearest'].mean() > 0.9
    wrong = np.where(train, labels, (labels + 1) % 3)  # no label of these is looked at
    flipped = probing.probe(features, wrong, train, parts)
    assert flipped['linear'].mean() < 0.1 and flipped['nearest'].mean() < 0.1


def test_maps_keep_time_always_and_space_where_it_is_asked_for():
    maps = torch.rand(2, 5, 2, 7, 7)
    averaged = probing.make_features(maps, keep_space=False)
    np.testing.assert_allclose(averaged, maps.mean(dim=(3, 4)).flatten(1), rtol=1e-5)
    assert probing.make_features(maps, keep_space=True).shape == (2, 5 * 2 * 4 * 4)


def test_pixels_are_features_of_every_place_and_time():
    clips = torch.rand(2, 3, 12, 16, 16)
    features = probing.make_features(network.Pixels()(clips), keep_space=True)
    kept = np.sort(features.reshape(2, 16, 12, 16).swapaxes(1, 2).reshape(2, 12, 256))
    gray = np.sort(clips.mean(dim=1).reshape(2, 12, 256).numpy())
    np.testing.assert_allclose(kept, gray)


@pytest.mark.parametrize('count', [2, None])
def test_as_many_of_each_class_are_chosen(count):
    labels = np.array([0] * 5 + [1] * 3 + [2] * 2)
    chosen = finetuning.choose_few(labels, count, np.random.default_rng(0))
    assert len(set(chosen)) == len(chosen)
    assert np.bincount(labels[chosen]).tolist() == ([2, 2, 2] if count else [5, 3, 2])


def parse(folder, *words):
    for file in command.LISTS:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()
    return command.parse_args([str(folder), *words])


def test_wrong_arguments_are_told(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.parse_args([str(tmp_path)])
    assert f'{tmp_path} has no real_clips/clips.tsv' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(tmp_path, '--arms', 'pixels', '--labels', '5')
    assert 'pixels is no network' in capsys.readouterr().err
    for words in (['--labels', '0'], ['--inputs', 'RGB']):
        with pytest.raises(SystemExit):
            parse(tmp_path, *words)
        assert f'argument {words[0]}: ' in capsys.readouterr().err


def test_jobs_come_after_what_they_need(tmp_path):
    args = parse(tmp_path, '--seeds', '1', '--labels', '5', 'all')
    pretrainings, tunings, jobs = command.list_steps(args)
    assert {job.seed for job in tunings} == {finetuned.TUNING_SEED}
    assert {job.tuning() for job in jobs} == set(tunings)
    assert {job.arm for job in pretrainings} == {'contrast'}
    of_lips = {(job.seed, job.fold) for job in pretrainings if job.set == 'lips'}
    assert of_lips == {(seed, fold) for seed in (0, 1) for fold in range(FOLDS)}
    of_others = {(job.seed, job.fold) for job in pretrainings if job.set != 'lips'}
    assert of_others == {(0, None), (1, None)}


@pytest.fixture
def tiny(monkeypatch):
    """Two classes, told by brightness, of ten groups; sizes to match."""
    small = SCALES['cpu']._replace(
        height=40,
        crop=32,
        batch_size=4,
        width=1 / 16,
        iterations=dict(interactions=2, lips=2),
    )
    monkeypatch.setitem(SCALES, 'cpu', small)
    monkeypatch.setattr(finetuned, 'GRID', (finetuning.Recipe(1e-3, 1),))
    labels = np.tile([0, 1], 10)
    videos = make_videos([20] * 20, height=40)
    dark = torch.from_numpy(labels).bool().repeat_interleave(20)
    videos.frames[dark] = videos.frames[dark] // 4
    groups = np.repeat(np.arange(10), 2).astype(str)
    folds = np.repeat(np.arange(10) % FOLDS, 2)
    return Task(videos, labels, groups, folds, None, None, clips=1, quarters=1)


def test_weights_of_another_recipe_or_other_videos_are_refused(tiny, tmp_path):
    places = network.Places(tmp_path / 'work', tmp_path / 'out')
    probe = Frozen('lips', 'r3d', 'contrast', 0, 'cpu')
    built = MODELS.build(probe.scale.backbone('r3d'))
    kept = dict(weights=built.state_dict(), losses={})
    file = probe.weights(0, places)
    file.parent.mkdir(parents=True)
    for of in ({}, dict(of=probe.origin(tiny.unlabeled(0)))):
        torch.save(kept | of, file)
        probe.load(tiny, 0, places)
    torch.save(dict(kept, of='another'), file)
    with pytest.raises(ValueError, match='is of another recipe or other videos'):
        probe.load(tiny, 0, places)
    other = Frozen('lips', 'r3d', 'paper', 0, 'cpu')
    assert other.origin(tiny.unlabeled(0)) != probe.origin(tiny.unlabeled(0))


def test_a_network_is_pretrained_probed_and_fine_tuned(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(command, '_load', lambda *args: tiny)
    places = network.Places(tmp_path / 'work', tmp_path / 'out')
    words = ['--sets', 'lips', '--seeds', '0', '--labels', '2']
    pretrainings, tunings, jobs = command.list_steps(parse(tmp_path, *words))
    assert len(pretrainings) == FOLDS
    probes = [Frozen('lips', 'r3d', arm, 0, 'cpu') for arm in ('untrained', 'contrast')]
    for job in [*pretrainings, *probes, *tunings, *jobs]:
        command.run(job, None, places)
        assert job.file(places).is_file()
    for job in probes + jobs:
        result = json.loads(job.file(places).read_text())
        assert result['arm'] == job.arm
        for name, digits in result['right'].items():
            assert len(digits) == 20
            share = digits.count('1') / 20
            assert result['accuracy'][name] == pytest.approx(share)
    untrained, contrast = (p.load(tiny, 0, places)[0].state_dict() for p in probes)
    moved = [
        name for name in untrained if not torch.equal(untrained[name], contrast[name])
    ]
    assert any('conv' in name for name in moved)


def test_finished_parts_are_not_tested_again(tmp_path):
    tested = []

    def test(key):
        if key == 2 and len(tested) == 2:
            raise KeyboardInterrupt
        tested.append(key)
        return np.array([key > 0, True])

    with pytest.raises(KeyboardInterrupt):
        finetuned.resume(tmp_path / 'a/parts.json', range(3), test)
    tested.append('again')
    found, seconds = finetuned.resume(tmp_path / 'a/parts.json', range(3), test)
    assert tested == [0, 1, 'again', 2] and seconds > 0
    assert [hits.tolist() for hits in found.values()] == [
        [False, True],
        *[[True] * 2] * 2,
    ]


def test_parts_of_another_recipe_are_measured_again(tmp_path):
    tested = []

    def test(key):
        tested.append(key)
        return np.array([True])

    parts = tmp_path / 'parts.json'
    for lr in (0.1, 0.2, 0.2):
        keys = [(fold, finetuned.Recipe(lr, 9)) for fold in range(2)]
        assert finetuned.resume(parts, keys, test)[0].keys() == set(keys)
    assert [recipe.lr for _, recipe in tested] == [0.1, 0.1, 0.2, 0.2]


def test_what_has_a_result_is_not_measured_again(tiny, tmp_path, monkeypatch):
    def run(job, data, places):
        job.file(places).parent.mkdir(parents=True, exist_ok=True)
        job.file(places).write_text('mine')
        ran.append(job)

    monkeypatch.setattr(command, 'run', run)
    words = ['--work-dir', str(tmp_path / 'work'), '--out', str(tmp_path / 'out')]
    args = parse(tmp_path, '--seeds', '0', *words)
    monkeypatch.setattr(command, 'parse_args', lambda: args)
    ran = []
    command.main()
    assert len(ran) == len(set(ran)) == 1 + FOLDS + 4
    ran.clear()
    command.main()
    assert ran == []


RECIPES = sorted((Path(command.__file__).parent / 'recipes').glob('*.py'))


@pytest.mark.parametrize('file', RECIPES, ids=lambda file: file.stem)
def test_every_recipe_that_is_compared_trains(file, tiny):
    scale = SCALES['cpu']
    backbone = scale.backbone('r3d')
    _, losses = pretraining.pretrain(backbone, str(file), tiny.videos, 1, scale, 0, 2)
    assert np.isfinite(losses['loss']).all()
    assert ('loss_motion' in losses) == (file.stem != 'contrast-alone')
    assert ('loss_contrast' in losses) == (file.stem != 'motion-alone')


def test_the_tested_clips_of_lips_are_in_no_pretraining(tiny):
    unseen = set(tiny.videos.starts[tiny.folds == 3].tolist())
    assert not unseen & set(tiny.unlabeled(3).starts.tolist())
    assert len(tiny.unlabeled(3).starts) == 16


def test_validation_parts_are_whole_groups_of_the_training(tiny):
    train = tiny.folds != 0
    parts = tiny._replace(quarters=4).validations(train)
    assert np.array_equal(sum(part.astype(int) for part in parts), train.astype(int))
    for part in parts:
        assert not set(tiny.groups[part]) & set(tiny.groups[train & ~part])


def test_interactions_are_pretrained_for_without_interactions(tmp_path):
    rows = ['path\tclass\tgroup']
    for name, label in (
        ('interactions/a', 'hug'),
        ('interactions/b', 'negative'),
        ('skate/a', 'flip'),
        ('dark_actions/a', 'run'),
        ('lips/a', 'hello'),
    ):
        file = tmp_path / f'real_clips/{name}.mp4'
        file.parent.mkdir(parents=True, exist_ok=True)
        write_video(file, num_frames=4)
        rows.append(f'{name}.mp4\t{label}\t1')
    (tmp_path / 'real_clips/clips.tsv').write_text('\n'.join(rows) + '\n')
    (tmp_path / 'surv_fight/fight').mkdir(parents=True)
    write_video(tmp_path / 'surv_fight/fight/a.mp4', num_frames=4)
    (tmp_path / 'surv_fight/groups.json').write_text('{"fight/a.mp4": {"group": 1}}')
    task = load_task('interactions', tmp_path, 24, tmp_path / 'kept')
    assert len(task.videos.starts) == len(task.labels) == 1
    assert len(task.others.starts) == 4
    assert task.others.starts.tolist() == [4, 8, 12, 16]
