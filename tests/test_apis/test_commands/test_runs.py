"""A run from a folder of videos to predictions, and what can go wrong on the way."""

import csv
import json
import shutil
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from stcr_mmaction.apis import embed, evaluate, finetune, predict, pretrain, search
from stcr_mmaction.apis.commands.embed import Embeddings, extract
from stcr_mmaction.apis.commands.search import find_nearest
from stcr_mmaction.apis.own_videos import inference, summary
from stcr_mmaction.apis.own_videos.evaluation import Evaluation
from stcr_mmaction.apis.own_videos.inference import load_extractor
from stcr_mmaction.apis.own_videos.pretraining_videos import (
    find_usable_videos,
    tell_of_new,
)
from stcr_mmaction.apis.own_videos.run_folder import open_run
from stcr_mmaction.apis.own_videos.summary import report
from tests.conftest import write_video

from .conftest import COMMANDS, TINY

pytestmark = pytest.mark.usefixtures('in_one_process_without_reports')


def test_what_is_left_out_is_listed(run):
    with (run.folder / 'left_out.csv').open() as file:
        reasons = {row['path']: row['reason'] for row in csv.DictReader(file)}
    assert reasons.keys() == {'notes.txt', 'plain/damaged.mp4'}
    assert len((run.folder / 'videos.txt').read_text().splitlines()) == 12


def test_the_config_is_an_ordinary_one(run):
    config = Config.fromfile(run.config, format_python_code=False)  # faster
    assert config.model.type == 'STCR' and config.model.recipe == 'contrast'
    assert config.work_dir == str(run.folder / 'pretrain')
    config.load_from, config.resume = str(run.weights()), True
    Runner.from_cfg(config).train()  # nothing is left to do


def test_frozen_features_were_looked_at(run):
    scalars = next((run.folder / 'pretrain').glob('*/vis_data/scalars.json'))
    assert 'frozen/retrieval_top1' in scalars.read_text()


def test_the_same_call_goes_on(run, videos, labels):
    before = run.weights().stat().st_mtime_ns
    again = pretrain(videos, run.folder, labels=labels, **TINY)
    assert again.epochs_left == 0 and again.weights().stat().st_mtime_ns == before


def test_videos_that_are_newer_than_the_run_are_told(run, videos, labels, capsys):
    pretrain(videos, run.folder, labels=labels, **TINY)
    assert 'newer' not in capsys.readouterr().err
    new = shutil.copy(next(videos.glob('plain/*.mp4')), videos / 'new.mp4')
    try:
        pretrain(videos, run.folder, labels=labels, **TINY)
    finally:
        new.unlink()
    assert '1 videos, such as new.mp4, are newer than this run' in capsys.readouterr().err


def test_originals_may_be_gone_once_there_are_copies(run, tmp_path, capsys):
    for folder in (tmp_path, tmp_path / 'none'):  # empty, and removed
        settings = dict(run.facts['settings'], videos=str(folder))
        tell_of_new(replace(run, facts=dict(run.facts, settings=settings)))
    assert not capsys.readouterr().err


def test_what_comes_next_is_told(run, videos, labels, capsys):
    pretrain(videos, run.folder, labels=labels, **TINY)
    assert f'next: `stcr evaluate {run.folder}`' in capsys.readouterr().err


def test_videos_with_fewer_frames_than_a_clip_are_told(tmp_path, capsys):
    for name, frames in dict(enough=16, short=15).items():
        write_video(tmp_path / f'{name}.mp4', frames)
    find_usable_videos(tmp_path)
    told = capsys.readouterr().err
    assert '1 have fewer than 16 frames, which their clips repeat, such as short' in told


def test_copies_of_a_video_are_told(tmp_path, capsys):
    for name, seed in dict(one=0, two=1).items():
        write_video(tmp_path / f'{name}.mp4', 20, seed=seed)
    find_usable_videos(tmp_path)
    assert 'content' not in capsys.readouterr().err
    for name in ('a', 'b'):
        shutil.copy(tmp_path / 'one.mp4', tmp_path / f'{name}.mp4')
    find_usable_videos(tmp_path)
    assert '2 have the content of another one' in capsys.readouterr().err


def test_pictures_of_neighbors_are_named_by_folders_that_differ(
    run, videos, tmp_path, monkeypatch
):
    shown = []
    monkeypatch.setattr(summary, 'retrieval', lambda frames, names: shown.append(names))
    nested = sorted(str(path) for path in videos.glob('*/[0-9]*.mp4'))[4:8]
    flat = [str(shutil.copy(path, tmp_path)) for path in nested]
    for row in (nested, flat):
        summary._neighbors(Evaluation([], [], [], {}, [row]))
    assert shown[0] == [['blocks', 'blocks', 'plain', 'plain']]
    assert shown[1] == [[path.rpartition('/')[2] for path in flat]]


def test_another_call_is_refused(run, videos):
    with pytest.raises(ValueError, match='was begun with labels='):
        pretrain(videos, run.folder, **TINY)
    with pytest.raises(ValueError, match='was begun with'):
        finetune(run.folder, epochs=2)


@pytest.mark.slow
def test_an_interrupted_pretraining_goes_on(run, videos, labels, tmp_path):
    asked = dict(TINY, epochs=2)
    whole = pretrain(videos, tmp_path / 'whole', **asked)
    part = tmp_path / 'part'
    shutil.copytree(whole.folder, part)  # a run can be moved
    shutil.rmtree(part / 'pretrain')
    torch.manual_seed(5)
    pretrain(videos, part, **asked)
    (part / 'pretrain/epoch_2.pth').unlink()
    (part / 'pretrain/last_checkpoint').unlink()
    resumed = pretrain(videos, part, **asked)
    first, second = (
        torch.load(r.weights(), weights_only=True)['state_dict'] for r in (whole, resumed)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_no_video_is_on_both_sides(run):
    parts = [
        {line.rpartition(' ')[0] for line in (run.folder / f).read_text().splitlines()}
        for f in ('finetune/train.txt', 'finetune/val.txt')
    ]
    assert not parts[0] & parts[1] and len(parts[0] | parts[1]) == 12


def test_figures_are_those_of_the_ordinary_test(run, monkeypatch):
    found = evaluate(run.folder)
    config, checkpoint = run.classifier()
    config = Config.fromfile(config, format_python_code=False)
    config.load_from = str(checkpoint)
    config.work_dir = str(run.folder / 'test')
    metrics = Runner.from_cfg(config).test()
    assert found.accuracy('fine-tuned')[0] == pytest.approx(metrics['acc/top1'])
    told = json.loads((run.folder / 'evaluation.json').read_text())
    assert told['predictions'] == found.predictions


def test_from_scratch_and_probes_stand_beside(run, monkeypatch):
    finetune(run.folder, epochs=1, scratch=True)
    assert evaluate(run.folder).predictions.keys() == {'fine-tuned', 'from scratch'}
    monkeypatch.setattr(import_module(f'{COMMANDS}.evaluate'), 'report', report)
    probed = evaluate(run.folder, probe=True)
    assert probed.predictions.keys() == {
        f'{kind}, {name}'
        for kind in ('linear', 'nearest')
        for name in ('pretrained', 'untrained')
    }
    (run.folder / 'report.html').read_text().index('Nearest videos')
    share, low, high = probed.accuracy('linear, untrained')
    assert 0 <= low <= share <= high <= 1


def test_videos_that_were_learned_from_are_no_test(run, labels):
    held_out = (run.folder / 'finetune/val.txt').read_text().splitlines()
    for probe in (False, True):
        found = evaluate(run.folder, labels, probe=probe)
        assert sorted(found.paths) == sorted(x.rpartition(' ')[0] for x in held_out)


def test_from_scratch_does_not_begin_with_what_was_pretrained(run):
    assert Config.fromfile(run.folder / 'finetune.py').load_from
    finetune(run.folder, scratch=True)  # as long as the fine-tuning
    scratch = Config.fromfile(run.folder / 'scratch.py')
    assert scratch.load_from is None and scratch.train_cfg.max_epochs == 1


def test_from_scratch_learns_from_the_same_videos(run, tmp_path):
    with pytest.raises(ValueError, match='seed=0, now 1'):
        finetune(run.folder, scratch=True, seed=1)
    other = tmp_path / 'labels.csv'
    other.write_text('path,label\n')
    with pytest.raises(ValueError, match='give the same labels'):
        finetune(run.folder, other, scratch=True)


def test_labels_that_have_changed_are_told(run, labels, tmp_path):
    before = labels.read_text()
    labels.write_text(before + 'another.mp4,plain\n')
    try:
        with pytest.raises(ValueError, match='has changed since .*finetune was begun'):
            finetune(run.folder, epochs=1)
        with pytest.raises(ValueError, match='compared with: repeat that first'):
            finetune(run.folder, scratch=True)
    finally:
        labels.write_text(before)


def test_embeddings_of_a_former_network_are_refused(run, videos, tmp_path, monkeypatch):
    out = tmp_path / 'all.npz'
    found = embed(run.folder, videos, out)
    searched = import_module(f'{COMMANDS}.search')
    monkeypatch.setattr(searched, 'digest_weights', lambda run: 'of others')
    with pytest.raises(ValueError, match='was trained since: run `stcr embed` again'):
        search(out, found.paths[0])


def test_predictions_are_written(run, videos, tmp_path):
    out = tmp_path / 'predictions.csv'
    found = predict(run.folder, [videos], out)
    assert len(found) == 12
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row['label'] for row in rows] == [prediction.label for prediction in found]
    for prediction in found:
        assert sum(prediction.scores.values()) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match='exists already'):
        predict(run.folder, [videos], out)


def test_vectors_do_not_depend_on_what_else_is_embedded(run, videos, tmp_path):
    out = tmp_path / 'all.npz'
    found = embed(run.folder, videos, out)
    (alone,) = embed(run.folder, found.paths[3]).features
    np.testing.assert_allclose(alone, found.features[3], rtol=1e-4, atol=1e-6)
    hits = search(out, found.paths[3], top=20, out=tmp_path / 'hits.png')
    assert len(hits) == 11 and found.paths[3] not in [hit.path for hit in hits]
    assert [h.similarity for h in hits] == sorted(h.similarity for h in hits)[::-1]
    assert (tmp_path / 'hits.png').stat().st_size


def test_links_keep_their_names_and_are_not_found_by_their_own_video(
    run, videos, tmp_path
):
    first, second = sorted(videos.glob('*/[0-9]*.mp4'))[:2]
    links = [tmp_path / 'links' / name for name in ('first.mp4', 'second.mp4')]
    links[0].parent.mkdir()
    for link, video in zip(links, (first, second), strict=True):
        link.symlink_to(video)
    out = tmp_path / 'all.npz'
    assert embed(run.folder, links[0].parent, out).paths == [str(link) for link in links]
    assert [hit.path for hit in search(out, first)] == [str(links[1])]


def test_networks_are_shown_the_videos_once_and_do_not_mix(run, videos, monkeypatch):
    networks = [load_extractor(run, 'pretrained'), load_extractor(run, 'none')]
    paths = sorted(videos.glob('*/[0-9]*.mp4'))
    alone = [extract([network], run, paths, '')[0] for network in networks]
    readings, read = [], inference._loader
    monkeypatch.setattr(inference, '_loader', lambda *a: readings.append(a) or read(*a))
    together = extract(networks, run, paths, '')
    assert len(readings) == 1
    for one, beside in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.features, beside.features)
    assert not np.allclose(together[0].features, together[1].features)


def test_vectors_are_written_as_a_table(run, videos, tmp_path):
    found = embed(run.folder, videos, tmp_path / 'all.csv')
    table = np.genfromtxt(tmp_path / 'all.csv', delimiter=',', skip_header=1)
    np.testing.assert_allclose(table[:, 1:], found.features, rtol=1e-5)


def test_the_nearest_is_found():
    features = np.eye(4, dtype=np.float32)
    known = Embeddings(['a', 'b', 'c', 'd'], features, 'run')
    hits = find_nearest(known, features[1] + 0.1 * features[2], 'other', 2)
    assert [hit.path for hit in hits] == ['b', 'c']


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(epochs=0), 'give --init too'),
        (dict(epochs=-1), '--epochs must be 0 or more'),
        (dict(backbone='resnet'), 'choose one of vcop_c3d'),
        (dict(recipe='no.py'), 'there is no recipe'),
        (dict(size='huge'), 'choose one of tiny'),
        (dict(batch_size=1), '--batch-size must be 2 or more'),
        (dict(lr=0), '--lr must be above 0'),
        (dict(seed=-1), '--seed must be 0 or more'),
        (dict(init=__file__), 'test_runs.py'),
    ],
)
def test_wrong_values_are_told_before_anything_is_written(
    videos, tmp_path, changes, message
):
    with pytest.raises((ValueError, OSError), match=message):
        pretrain(videos, tmp_path / 'run', **{**TINY, **changes})
    assert not (tmp_path / 'run').exists()


def test_a_folder_that_a_config_cannot_name_is_refused(videos, tmp_path):
    with pytest.raises(ValueError, match="cannot be in a folder with '"):
        pretrain(videos, tmp_path / "tom's", **TINY)
    assert not (tmp_path / "tom's").exists()


def test_parquet_without_its_package_is_told_at_once(run, videos, tmp_path, monkeypatch):
    monkeypatch.setattr(
        import_module(f'{COMMANDS}.embed'), 'find_spec', lambda name: None
    )
    monkeypatch.setattr(import_module(f'{COMMANDS}.embed'), 'extract', None)
    with pytest.raises(ValueError, match='needs pyarrow'):
        embed(run.folder, videos, tmp_path / 'all.parquet')


def test_a_folder_of_something_else_is_left_alone(videos, tmp_path):
    (tmp_path / 'mine.txt').write_text('mine')
    with pytest.raises(ValueError, match='exists and is not a run'):
        pretrain(videos, tmp_path, **TINY)
    with pytest.raises(ValueError, match='is no run of `stcr pretrain`'):
        open_run(tmp_path)


def test_a_run_without_a_classifier_says_how_to_make_one(run, videos, tmp_path):
    pretrained = tmp_path / 'run'
    shutil.copytree(run.folder, pretrained, ignore=shutil.ignore_patterns('finetune'))
    with pytest.raises(ValueError, match='`stcr finetune'):
        predict(pretrained, videos)


def test_public_weights_are_started_from(run, videos, tmp_path):
    start = run.weights()
    frozen = pretrain(
        videos, tmp_path / 'run', **dict(TINY, epochs=0, init=start, size='tiny')
    )
    ours = torch.load(frozen.weights(), weights_only=True)['state_dict']
    theirs = torch.load(start, weights_only=True)['state_dict']
    assert ours and all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert evaluate(frozen.folder, videos.parent / 'labels.csv').predictions
    with pytest.raises(ValueError, match='is not of vcop_r3d at 1 of the published'):
        pretrain(videos, tmp_path / 'other', **dict(TINY, init=start, size='full'))
    assert not (tmp_path / 'other').exists()
