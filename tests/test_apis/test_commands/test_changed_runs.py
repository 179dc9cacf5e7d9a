"""Runs whose videos, labels or weights have changed since a command."""

import json
import os
import shutil
from contextlib import redirect_stdout

import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger

from stcr_mmaction.apis import evaluate, finetune, pretrain
from stcr_mmaction.apis.own_videos import summary
from stcr_mmaction.apis.own_videos.console import quiet
from stcr_mmaction.apis.own_videos.labels import LabeledVideos
from stcr_mmaction.apis.own_videos.readable_videos import leave_out_damaged
from stcr_mmaction.apis.own_videos.run_folder import (
    EVALUATION,
    FINETUNED,
    FROM_SCRATCH,
    begin_run,
    open_run,
)
from stcr_mmaction.engine.hooks.progress_line import only_warnings
from stcr_mmaction.models.recognizers.recipe import read_recipe

from .conftest import TINY

pytestmark = pytest.mark.usefixtures('in_one_process_without_reports')


@pytest.fixture
def changed(run, tmp_path):
    """A copy of a fine-tuned run, to change."""
    shutil.copytree(run.folder, tmp_path / 'run')
    return open_run(tmp_path / 'run')


def count_learned(run):
    return len((run.folder / FINETUNED / 'train.txt').read_text().splitlines())


def test_training_videos_are_not_tested_through_a_link(changed, videos, tmp_path, capsys):
    link = tmp_path / 'link'
    link.symlink_to(videos)
    found = evaluate(changed.folder, link)
    assert len(found.paths) == 12 - count_learned(changed)
    assert 'training videos are left out of the test' in capsys.readouterr().err


def test_copies_of_training_videos_are_not_tested(changed, videos, tmp_path):
    copies = shutil.copytree(videos, tmp_path / 'copies')
    found = evaluate(changed.folder, copies)
    assert len(found.paths) == 12 - count_learned(changed)


def test_another_division_is_not_compared(changed, capsys):
    shutil.copytree(changed.folder / FINETUNED, changed.folder / FROM_SCRATCH)
    shutil.copy(changed.folder / 'finetune.py', changed.folder / 'scratch.py')
    assert evaluate(changed.folder).predictions.keys() == {'fine-tuned', 'from scratch'}
    lines = changed.folder / FROM_SCRATCH / 'train.txt'
    lines.write_text(lines.read_text() + lines.read_text().splitlines()[0])
    assert evaluate(changed.folder).predictions.keys() == {'fine-tuned'}
    assert 'has other labels or another division' in capsys.readouterr().err


def test_an_unfinished_classifier_is_told_and_not_compared(changed, capsys):
    shutil.copytree(changed.folder / FINETUNED, changed.folder / FROM_SCRATCH)
    text = (changed.folder / 'finetune.py').read_text()
    for name in ('finetune.py', 'scratch.py'):
        more = text.replace('max_epochs=1', 'max_epochs=5')
        (changed.folder / name).write_text(more)
    assert evaluate(changed.folder).predictions.keys() == {'fine-tuned'}
    told = capsys.readouterr().err
    assert 'scratch is not finished, 4 epochs are left: it is not compared' in told
    assert 'finetune is not finished: 4 epochs are left' in told


def test_fine_tuning_of_former_weights_is_not_resumed(changed):
    file = changed.folder / FINETUNED / 'finetune.json'
    asked = json.loads(file.read_text())
    file.write_text(json.dumps(dict(asked, start='pretrain/epoch_0.pth')))
    with pytest.raises(ValueError, match='pretraining went on to pretrain/epoch_1.pth'):
        finetune(changed.folder, epochs=1)


def test_a_report_is_written_without_the_videos(changed, capsys):
    with (changed.folder / 'videos.txt').open('a') as file:
        file.write('gone.mp4\n')
    page = summary.report(changed).read_text()
    assert 'the report has no pictures of videos: 1 of 13' in capsys.readouterr().err
    assert 'Next steps' in page and 'What the network is shown' not in page


def test_a_report_has_no_accuracy_of_former_weights(changed):
    evaluate(changed.folder)
    file = changed.folder / EVALUATION
    weights = changed.classifier()[1]
    assert summary._read(changed, EVALUATION, lambda: weights)
    file.write_text(json.dumps(json.loads(file.read_text()) | dict(weights='others')))
    assert summary._read(changed, EVALUATION, lambda: weights) is None


def test_the_next_step_is_not_what_was_done(changed):
    testing = f'<code>stcr evaluate {changed.folder}'
    (changed.folder / EVALUATION).unlink(missing_ok=True)
    assert testing in summary.report(changed).read_text()
    evaluate(changed.folder)
    assert testing not in summary.report(changed).read_text()


def test_a_damaged_video_without_a_label_is_of_no_class(videos, tmp_path):
    damaged = tmp_path / 'damaged.mp4'
    damaged.write_bytes(b'no video')
    good = sorted(videos.glob('plain/[0-9]*.mp4'))[0]
    paths = [damaged, good]
    left, _ = leave_out_damaged(LabeledVideos(paths, [-1, 0], ['plain']))
    assert left.paths == [good]
    labeled = LabeledVideos(paths, [1, 0], ['plain', 'other'])
    assert leave_out_damaged(labeled, every_class=False)[0].paths == [good]
    with pytest.raises(ValueError, match='no video of these classes can be read: other'):
        leave_out_damaged(labeled)


def test_a_recipe_of_ones_own_is_kept_as_it_was(videos, tmp_path):
    mine = tmp_path / 'mine.py'
    recipe = dict(what='mine', noise=[dict(type='TemporalGradient')])
    base = 'stcr_mmaction::_base_/recipes/contrast.py'
    mine.write_text(f'_base_ = {base!r}\nrecipe = dict(**{recipe!r})\n')
    run = pretrain(videos, tmp_path / 'run', recipe=mine, **TINY)
    mine.unlink()
    shutil.move(run.folder, tmp_path / 'moved')
    config = Config.fromfile(tmp_path / 'moved/config.py')
    kept = read_recipe(config.model.recipe).recipe
    assert kept.what == 'mine' and len(kept.noise) == 1
    assert config.custom_hooks[0].judged == ['rank']


def test_copies_of_another_size_are_not_mixed(tmp_path):
    begin_run(tmp_path / 'run', dict(videos='v', short_side=64))
    begin_run(tmp_path / 'run', dict(videos='v', short_side=64))
    with pytest.raises(ValueError, match='was begun with short_side=64, now 128'):
        begin_run(tmp_path / 'run', dict(videos='v', short_side=128))


def test_warnings_of_a_training_are_shown_though_results_are_not_mixed_with_them(capsys):
    with open(os.devnull, 'w') as nothing, redirect_stdout(nothing):
        logger = MMLogger('of a training', logger_name='of a training')
        quiet(logger)
        logger.info('an epoch')
        logger.warning('features are collapsing')
        with only_warnings(logger):
            logger.warning('a video is damaged')
    told = capsys.readouterr()
    assert 'collapsing' in told.err and 'damaged' in told.err
    assert 'epoch' not in told.err and not told.out
