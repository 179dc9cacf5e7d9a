"""The rehearsal: what a run would end with, it ends with; and it leaves nothing."""

import os
import random
import shutil
import signal
import sys
from types import SimpleNamespace

import pytest
import torch
from mmaction.datasets import VideoDataset
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS, RUNNERS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import RepeatDataset
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.visualization import LocalVisBackend
from torch import nn
from torch.utils.data import BatchSampler, Dataset, SequentialSampler

from stcr_mmaction.datasets import CheckedVideoDataset
from stcr_mmaction.engine.rehearsal.damaged import check_damaged, stops_at_damaged
from stcr_mmaction.engine.rehearsal.few_batches import FewBatches
from stcr_mmaction.engine.rehearsal.forecast import measure_memory
from stcr_mmaction.engine.rehearsal.settings import shrink_config

REHEARSAL = 'stcr_mmaction.engine.rehearsal.rehearsal'
LENGTH, BATCH, EPOCHS = 41, 4, 40
NUMBER = -(-LENGTH // BATCH)


class Planted(Exception):
    pass


@DATASETS.register_module()
class Counted(Dataset):
    """Samples that are their own numbers; some may stand in for damaged ones."""

    def __init__(self, length=LENGTH, replaced=(), broken=None):
        self.length, self.replaced, self.broken = length, replaced, broken

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if index == self.broken:
            raise Planted('data')
        sample = ActionDataSample()
        if index in self.replaced:
            sample.set_metainfo(dict(replaced=[(f'{index}.mp4', f'{index}.mp4: no')]))
        return dict(x=torch.tensor([float(index)]), data_samples=sample)


@MODELS.register_module()
class Toy(BaseModel):
    def __init__(self, broken=None):
        super().__init__()
        self.layer, self.broken = nn.Linear(1, 1), broken

    def forward(self, x, data_samples, mode='loss'):
        if self.broken == mode or (mode == 'loss' and self.broken == len(x)):
            raise Planted(mode)
        out = self.layer(torch.stack(x) / LENGTH)
        return dict(loss=out.square().mean()) if mode == 'loss' else list(out)


@METRICS.register_module()
class ToyMetric(BaseMetric):
    default_prefix = 'toy'

    def __init__(self, least=0, broken=False, out_file=None):
        super().__init__()
        self.least, self.broken, self.out_file = least, broken, out_file

    def process(self, data_batch, data_samples):
        self.results += [0] * len(data_samples)

    def compute_metrics(self, results):
        if self.broken or len(results) < self.least:
            raise Planted(f'metric of {len(results)}')
        if self.out_file:
            open(self.out_file, 'w').close()
        return dict(acc=1.0, count=len(results))


@HOOKS.register_module()
class Seen(Hook):
    """Take down where a run is, and fail at some point of it."""

    taken = []

    def __init__(self, at=None, interval=1):
        self.at, self.interval = at, interval

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        lr = runner.optim_wrapper.get_lr()['lr'][0]
        self.taken.append(
            (runner.epoch, runner.iter, batch_idx, len(data_batch['x']), lr)
        )
        if self.at == runner.iter:
            raise Planted(self.at)
        if self.at == 'interval' and self.every_n_train_iters(runner, self.interval):
            raise Planted(self.at)

    def before_save_checkpoint(self, runner, checkpoint):
        if self.at == 'save':
            raise Planted(self.at)

    def after_load_checkpoint(self, runner, checkpoint):
        if self.at == 'resume' and runner._resume:
            raise Planted(self.at)

    def after_train(self, runner):
        if self.at == 'end' and runner.iter == runner.max_iters:
            raise Planted(self.at)


def loader(**data):
    return dict(
        batch_size=BATCH,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='Counted', **data),
    )


def config(folder, **others):
    """Describe a run of the toy; keys with two underscores go deeper."""
    cfg = Config(dict(
        model=dict(type='Toy'), work_dir=str(folder / 'runs' / 'toy'),
        default_scope='mmaction', randomness=dict(seed=0),
        experiment_name=f'toy-{random.getrandbits(64)}',
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0)),
        param_scheduler=[
            dict(type='LinearLR', start_factor=1e-3, end=EPOCHS, by_epoch=True),
            dict(type='LinearLR', start_factor=1.0, end_factor=0.5,
                 end=EPOCHS * NUMBER, by_epoch=False)],
        train_dataloader=loader(), val_dataloader=loader(), test_dataloader=loader(),
        train_cfg=dict(
            type='ReproducibleTrainLoop', max_epochs=EPOCHS, val_interval=5),
        val_cfg=dict(type='ValLoop'), val_evaluator=dict(type='ToyMetric'),
        test_cfg=dict(type='TestLoop'), test_evaluator=dict(type='ToyMetric'),
        default_hooks=dict(checkpoint=dict(
            type='CheckpointHook', interval=10, max_keep_ckpts=2, save_best='auto')),
        custom_hooks=[dict(type='Seen')],
    ))  # fmt: skip
    cfg.merge_from_dict({key.replace('__', '.'): v for key, v in others.items()})
    return cfg


@pytest.fixture
def rehearse(tmp_path, capsys, monkeypatch):
    """Return the function that rehearses a run; at the end nothing may be left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Seen, 'taken', [])
    # What takes seconds: the versions of compilers, and the layout of the config.
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr(Config, 'pretty_text', '')
    before = sorted(tmp_path.rglob('*'))

    def rehearse(**others):
        cfg = config(tmp_path, runner_type='Rehearsal', **others)
        RUNNERS.build(cfg).train()
        return capsys.readouterr().out

    yield rehearse
    assert sorted(tmp_path.rglob('*')) == before


BEGUN, MIDDLE, LAST = (
    [(epoch, epoch * NUMBER + n, n) for n in numbers]
    for epoch, numbers in (
        (0, [0, 1, 2, 3, 4, NUMBER - 1]),
        (1, [0, NUMBER - 1]),
        (EPOCHS - 1, [0, NUMBER - 1]),
    )
)


@pytest.mark.parametrize('loop', ['ReproducibleTrainLoop', 'EpochBasedTrainLoop'])
def test_first_and_last_batch_have_their_numbers(rehearse, loop):
    report = rehearse(train_cfg__type=loop)
    places, sizes, rates = zip(*((t[:3], t[3], t[4]) for t in Seen.taken), strict=True)
    assert list(places) == [*BEGUN, *MIDDLE, *LAST]
    assert sizes == tuple(1 if n == NUMBER - 1 else BATCH for *_, n in places)
    # Linear up to 1 by epochs, times linear down to 1/2 by iterations.
    for (epoch, iteration, _), rate in zip(places, rates, strict=True):
        up = 1e-3 + (1 - 1e-3) * min(1, epoch / (EPOCHS - 1))
        down = 1 - 0.5 * min(1, iteration / (EPOCHS * NUMBER - 1))
        assert rate == pytest.approx(up * down, rel=1e-6)
    assert '(4 and 1 clips a process)' in report
    assert f'{EPOCHS} x {NUMBER} iterations' in report
    assert '8 validations included' in report
    assert 'validated   toy/acc 1, toy/count 21' in report
    assert 'tested      toy/acc 1, toy/count 21' in report
    assert 'up to 5 checkpoints' in report  # two and the next, the best and the next


def test_without_validation_there_is_no_best_checkpoint(rehearse):
    none = dict.fromkeys(('val_cfg', 'val_dataloader', 'val_evaluator'))
    assert 'up to 3 checkpoints' in rehearse(**none)


@pytest.mark.parametrize(
    ('where', 'plant'),
    [
        ('training the first epoch', dict(model__broken=1)),  # the last batch's size
        ('training the first epoch', dict(val_evaluator__broken=True)),
        ('training the first epoch', dict(val_dataloader__dataset__broken=LENGTH - 1)),
        ('training the first epoch', dict(custom_hooks=[dict(type='Seen', at='save')])),
        (
            'training the first epoch',
            dict(custom_hooks=[dict(type='Seen', at='interval', interval=300)]),
        ),
        ('resuming and ending', dict(custom_hooks=[dict(type='Seen', at='resume')])),
        (
            'resuming and ending',
            dict(custom_hooks=[dict(type='Seen', at=EPOCHS * NUMBER - 1)]),
        ),
        ('resuming and ending', dict(custom_hooks=[dict(type='Seen', at='end')])),
        ('testing', dict(test_evaluator__broken=True)),
        ('testing', dict(test_dataloader__dataset__broken=0)),
    ],
)
def test_a_planted_fault_is_found(rehearse, capsys, where, plant):
    with pytest.raises(Planted):
        rehearse(**plant)
    assert f'failed while {where}' in capsys.readouterr().err


def test_a_schedule_that_ends_too_early_is_found(rehearse):
    once = dict(type='OneCycleLR', eta_max=1.0, total_steps=300, by_epoch=False)
    with pytest.raises(ValueError, match='300'):
        rehearse(param_scheduler=[once])


def test_metrics_that_need_more_videos_get_all(rehearse):
    report = rehearse(val_evaluator__least=LENGTH, test_evaluator__least=22)
    assert report.count(f'using all {LENGTH}: Planted: metric of 21') == 3
    assert f'validated   toy/acc 1, toy/count {LENGTH}' in report
    assert f'tested      toy/acc 1, toy/count {LENGTH}' in report


@pytest.mark.parametrize('sampler', ['InfiniteSampler', 'DefaultSampler'])
def test_a_run_by_iterations(rehearse, monkeypatch, sampler):
    """So many iterations as an epoch in miniature has, one more, and the last."""
    monkeypatch.setattr('time.sleep', lambda _: None)  # as its loop does at each epoch
    report = rehearse(
        train_cfg=dict(
            _delete_=True, type='IterBasedTrainLoop', max_iters=5000, val_interval=1000
        ),
        param_scheduler=[dict(type='LinearLR', end=5000, by_epoch=False)],
        train_dataloader__sampler=dict(type=sampler, shuffle=False),
        default_hooks__checkpoint__by_epoch=False,
        default_hooks__checkpoint__interval=1000,
    )
    assert [t[1] for t in Seen.taken] == [*range(6), 6, 4999]
    sizes = [t[3] for t in Seen.taken[:6]]
    assert sizes == [BATCH] * 5 + [BATCH if sampler == 'InfiniteSampler' else 1]
    assert '1 x 5000 iterations' in report
    assert '5 validations included' in report


def test_batches_of_other_sizes(rehearse):
    report = rehearse(train_dataloader__batch_sampler=dict(type='EvenBatchSampler'))
    assert '(4 and 3 clips a process)' in report


def test_one_epoch_is_the_first_and_the_last(rehearse):
    rehearse(train_cfg__max_epochs=1)
    assert [t[:3] for t in Seen.taken] == BEGUN


def test_an_early_stop_hides_nothing(rehearse):
    stop = dict(type='EarlyStoppingHook', monitor='toy/acc', stopping_threshold=0.5)
    rehearse(custom_hooks=[dict(type='Seen'), stop])
    assert [t[:3] for t in Seen.taken] == [*BEGUN, *MIDDLE, *LAST]


def test_what_a_config_leaves_out_is_said(rehearse):
    nothing = dict.fromkeys(
        f'{part}_{key}'
        for part in ('val', 'test')
        for key in ('cfg', 'dataloader', 'evaluator')
    )
    report = rehearse(**nothing, default_hooks=dict(checkpoint=None, timer=None))
    assert 'no validation in this config' in report
    assert 'no test in this config' in report
    assert 'no checkpoint' in report
    assert 'no IterTimerHook' in report


def test_replaced_videos_are_listed(rehearse):
    report = rehearse(train_dataloader__dataset__replaced=[2])
    assert 'damaged     1 of 31 videos that were drawn; replaced:' in report
    assert '2.mp4: no' in report


def test_one_damaged_video_of_few_is_no_verdict_but_many_are(rehearse):
    hook = dict(type='DamagedVideosHook', max_share=0.01)
    hooks = [dict(type='Seen'), hook]
    rehearse(train_dataloader__dataset__replaced=[40], custom_hooks=hooks)
    with pytest.raises(RuntimeError, match='max_share=0.01') as raised:
        rehearse(train_dataloader__dataset__replaced=range(8), custom_hooks=hooks)
    assert '7.mp4: no' in str(raised.value)


def test_without_a_hook_that_stops_the_run_any_share_may_be_damaged(rehearse):
    report = rehearse(train_dataloader__dataset__replaced=range(8))
    assert 'damaged     8 of' in report


@pytest.mark.parametrize(
    ('type_', 'options', 'stops'),
    [
        (VideoDataset, {}, True),
        (CheckedVideoDataset, dict(check_files=False), True),
        (CheckedVideoDataset, dict(check_files=False, on_error='replace'), False),
    ],
)
def test_it_tells_whether_a_damaged_video_stops_the_run(tmp_path, type_, options, stops):
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    dataset = type_(ann_file=str(tmp_path / 'list.txt'), pipeline=[], **options)
    assert stops_at_damaged(dataset) == stops
    assert stops_at_damaged(RepeatDataset(dataset, times=2)) == stops


def test_the_report_says_that_a_damaged_video_would_stop_the_run(rehearse, monkeypatch):
    monkeypatch.setattr(f'{REHEARSAL}.stops_at_damaged', lambda dataset: True)
    assert 'damaged     0 of 31 videos that were drawn; one would stop' in rehearse()


@pytest.mark.parametrize(
    ('drawn', 'times', 'stops'),
    [(0, 0, False), (40, 0, False), (40, 2, False), (40, 3, True)]
    + [(10_000, 123, False), (10_000, 125, True), (10_000, 300, True)],
)
def test_the_verdict_is_that_of_the_binomial_distribution(drawn, times, stops):
    """With a share of 1/100, of 40 two or more have 6%, three 0.7%.

    Of 10,000, 123 or more have 1.4%, 125 or more 0.8%.
    """
    videos = {'a.mp4': dict(times=times, reason='a.mp4: no')} if times else {}
    account = dict(num_samples=drawn - times, videos=videos)
    if stops:
        with pytest.raises(RuntimeError, match=f'{times} of {drawn}'):
            check_damaged(account, 0.01)
    else:
        check_damaged(account, 0.01)
    check_damaged(account, 1.0)


def test_what_is_written_elsewhere_is_not(rehearse, tmp_path):
    """Figures, checkpoints and logs of a miniature go with it."""
    rehearse(
        val_evaluator__out_file=str(tmp_path / 'figures.json'),
        default_hooks__checkpoint__out_dir=str(tmp_path / 'saved'),
        visualizer=dict(
            type='Visualizer',
            vis_backends=[
                dict(type='LocalVisBackend', save_dir=str(tmp_path / 'logs')),
                dict(type='WandbVisBackend'),
            ],
        ),
    )


@pytest.mark.parametrize(
    'kind',
    ['mmengine.LocalVisBackend', 'mmengine.visualization.LocalVisBackend']
    + [LocalVisBackend],
)
def test_backends_that_write_files_stay_however_their_type_is_given(kind, tmp_path):
    backends = [dict(type=kind), dict(type='mmengine.WandbVisBackend')]
    cfg = config(tmp_path, visualizer=dict(type='Visualizer', vis_backends=backends))
    small = shrink_config(cfg, tmp_path, 'begin')
    assert [one.type for one in small.visualizer.vis_backends] == [kind]


def test_weights_that_are_not_there_are_told_first(rehearse):
    with pytest.raises(FileNotFoundError, match='load_from=None'):
        rehearse(load_from='pre.pth')
    assert not Seen.taken


def test_an_interruption_leaves_nothing(rehearse, monkeypatch):
    def interrupt(self, runner):
        raise KeyboardInterrupt

    monkeypatch.setattr(Seen, 'after_train', interrupt)
    with pytest.raises(KeyboardInterrupt):
        rehearse()


def test_a_launcher_that_ends_a_process_leaves_nothing(rehearse, monkeypatch):
    monkeypatch.setattr(
        Seen, 'after_train', lambda self, runner: os.kill(os.getpid(), signal.SIGTERM)
    )
    with pytest.raises(SystemExit):
        rehearse()


def test_a_run_that_is_there_stays_as_it_is(rehearse, tmp_path):
    folder = tmp_path / 'runs' / 'toy'
    folder.mkdir(parents=True)
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_7.pth'))
    rehearse(resume=True)
    assert [file.name for file in folder.iterdir()] == ['last_checkpoint']
    assert Seen.taken[0][:2] == (0, 0)
    shutil.rmtree(folder.parent)


def test_a_folder_that_cannot_be_written(rehearse, tmp_path):
    (tmp_path / 'runs').touch()
    with pytest.raises(PermissionError, match='--work-dir'):
        rehearse()
    assert not Seen.taken
    (tmp_path / 'runs').unlink()


def test_a_disk_that_is_too_small(rehearse, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(OSError, match='up to 5 checkpoints of .*max_keep_ckpts'):
        rehearse()


def test_memory_is_what_a_run_needs_to_fit(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    monkeypatch.setattr('torch.cuda.max_memory_reserved', lambda: 7_000_000_000)
    memory = measure_memory()
    assert memory.gpu == 7_000_000_000
    assert 10_000_000 < memory.process < 100_000_000_000


def test_a_system_that_does_not_tell_its_memory(rehearse, monkeypatch):
    """Windows, which has no such module."""
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with monkeypatch.context() as windows:
        windows.setitem(sys.modules, 'resource', None)
        memory = measure_memory()
    assert memory == (0, 0, 0)
    monkeypatch.setattr(f'{REHEARSAL}.measure_memory', lambda: memory)
    assert 'memory      unknown: this system does not tell' in rehearse()


@pytest.mark.parametrize('first', [1, 2, 5, 6, 9])
@pytest.mark.parametrize('length', [1, 5, 12, 13])
def test_few_batches_are_the_first_and_the_last(length, first):
    whole = BatchSampler(SequentialSampler(range(length)), 2, drop_last=False)
    batches = list(whole)
    few = FewBatches(whole, first)
    for _ in range(2):  # epochs
        assert list(few) == batches[:first] + batches[max(first, len(batches) - 1) :]
    assert len(few) == len(batches)
    assert few.batch_size == 2
    assert few.is_complete() == (list(few) == batches)
