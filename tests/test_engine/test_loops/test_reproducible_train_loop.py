"""The loop: what it draws, and what an interruption changes, which is nothing."""

import copy
import multiprocessing
import random

import mmengine.runner.utils
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from stcr_mmaction.engine.loops import reproducible_train_loop

LENGTH, BATCH, EPOCHS = 10, 4, 3
SAVE = dict(type='WholeCheckpointHook', interval=1, max_keep_ckpts=-1)


SCHEDULES = dict(type='ExponentialLR', gamma=0.9, by_epoch=False)


class Interrupted(Exception):
    pass


@DATASETS.register_module()
class Drawing(Dataset):
    """Every sample is drawn, by all three generators."""

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        drawn = [random.random(), np.random.random(), torch.rand(()).item()]
        return dict(x=torch.tensor(drawn, dtype=torch.float64), index=index)


@MODELS.register_module()
class WithDropout(BaseModel):
    """A layer that draws, too."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3, dtype=torch.float64)

    def forward(self, x, index, mode='loss'):
        out = nn.functional.dropout(self.layer(x), training=self.training)
        return dict(loss=out.square().mean()) if mode == 'loss' else [out]


@METRICS.register_module()
class CountValidations(BaseMetric):
    epochs = []

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        self.epochs.append(len(results))
        return dict(one=1.0)


@HOOKS.register_module()
class Watch(Hook):
    """Take down what is drawn; stop the run at some point of it."""

    priority = 'LOWEST'

    def __init__(self, stop=None, seen=None):
        self.stop, self.seen = stop, seen if seen is not None else {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        for index, x in zip(data_batch['index'].tolist(), data_batch['x'], strict=True):
            self.seen.setdefault((runner.epoch, index), []).append(x.tolist())

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self.stop == ('iter', runner.iter + 1):
            raise Interrupted

    def after_train_epoch(self, runner):
        if self.stop == ('epoch', runner.epoch + 1):
            raise Interrupted

    def before_val(self, runner):
        if self.stop == ('val', runner.epoch):
            raise Interrupted


def train(
    folder, stop=None, resume=False, save=SAVE, workers=0, seed=7, batch=BATCH, val=False,
    differ=False, batches=None, drop_last=None, epochs=EPOCHS, schedules=SCHEDULES,
    persist=False, **others,
):  # fmt: skip
    """Train the toy; return its weights and what was drawn."""
    loader = dict(
        batch_size=batch, num_workers=workers, dataset=dict(type='Drawing'),
        persistent_workers=persist, sampler=dict(type='DefaultSampler', shuffle=True),
        collate_fn=dict(type='default_collate'),
    )  # fmt: skip
    if batches:
        loader['batch_sampler'] = batches
    if drop_last is not None:
        loader['drop_last'] = drop_last
    validation = dict(
        val_cfg=dict(type='ValLoop'), val_evaluator=dict(type='CountValidations'),
        val_dataloader=dict(loader, sampler=dict(type='DefaultSampler', shuffle=False)),
    )  # fmt: skip
    cfg = dict(
        model=dict(type='WithDropout'), work_dir=str(folder), train_dataloader=loader,
        train_cfg=dict(type='ReproducibleTrainLoop', max_epochs=epochs, **others),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=copy.deepcopy(schedules),
        default_hooks=dict(checkpoint=save, logger=None), default_scope='mmaction',
        experiment_name=f'{folder.name}-{random.getrandbits(64)}',
        randomness=dict(seed=seed, diff_rank_seed=differ), resume=resume,
        log_level='WARNING',
        **(validation if val else {}),
    )  # fmt: skip
    runner = Runner.from_cfg(Config(cfg))
    watch = Watch(stop)
    runner.register_hook(watch)
    try:
        runner.train()
    except Interrupted:
        assert stop
    return runner.model.layer.weight.detach().clone(), watch.seen


@pytest.mark.parametrize('workers', [1, 2])
def test_workers_change_nothing(tmp_path, workers):
    expected, seen = train(tmp_path / 'one')
    weights, also_seen = train(tmp_path / 'two', workers=workers)
    assert also_seen == seen
    assert torch.equal(weights, expected)


def test_workers_that_persist_end_with_the_training(tmp_path):
    train(tmp_path, workers=1, persist=True, val=True)
    assert multiprocessing.active_children() == []


def test_each_sample_of_each_epoch_is_drawn_anew(tmp_path):
    _, seen = train(tmp_path)
    assert sorted(seen) == [(e, i) for e in range(EPOCHS) for i in range(LENGTH)]
    drawn = {tuple(x) for (x,) in seen.values()}
    assert len(drawn) == EPOCHS * LENGTH
    for generator in zip(*drawn, strict=True):
        assert len(set(generator)) == len(drawn)


def test_batch_size_and_order_do_not_matter_to_what_is_drawn(tmp_path):
    _, seen = train(tmp_path / 'one')
    _, also_seen = train(tmp_path / 'two', batch=3)
    assert seen == also_seen


def test_another_seed_draws_otherwise(tmp_path):
    _, seen = train(tmp_path / 'one')
    _, others = train(tmp_path / 'two', seed=8)
    assert all(seen[key] != others[key] for key in seen)


def test_processes_have_one_order_of_the_samples_whatever_their_seeds(
    tmp_path, monkeypatch
):
    _, expected = train(tmp_path / 'one')
    for rank in (0, 1):
        for module in (mmengine.runner.utils, reproducible_train_loop):
            monkeypatch.setattr(module, 'get_rank', lambda rank=rank: rank)
        _, seen = train(tmp_path / f'{rank}', differ=True)
        assert list(seen.items()) == list(expected.items())


EVERY_ITERATION = dict(SAVE, by_epoch=False)
PER_EPOCH = -(-LENGTH // BATCH)


@pytest.mark.parametrize('stop', range(1, EPOCHS * PER_EPOCH + 1))
def test_a_run_goes_on_within_an_epoch(tmp_path, stop):
    expected, seen = train(tmp_path / 'whole', save=EVERY_ITERATION)
    _, begun = train(tmp_path / 'cut', stop=('iter', stop), save=EVERY_ITERATION)
    weights, rest = train(tmp_path / 'cut', resume=True, save=EVERY_ITERATION)
    assert torch.equal(weights, expected)
    assert not begun.keys() & rest.keys(), 'a batch was repeated'
    assert {**begun, **rest} == seen


@pytest.mark.parametrize('stop', [('epoch', 1), ('epoch', 2), ('iter', 5), ('iter', 8)])
def test_a_run_goes_on_from_the_last_epoch(tmp_path, stop):
    expected, _ = train(tmp_path / 'whole')
    train(tmp_path / 'cut', stop=stop)
    weights, _ = train(tmp_path / 'cut', resume=True)
    assert torch.equal(weights, expected)


def test_the_seed_of_the_resumed_run_counts(tmp_path):
    expected, _ = train(tmp_path / 'whole', save=EVERY_ITERATION)
    train(tmp_path / 'cut', stop=('iter', 4), save=EVERY_ITERATION)
    weights, _ = train(tmp_path / 'cut', resume=True, save=EVERY_ITERATION, seed=None)
    assert torch.equal(weights, expected)


@pytest.mark.parametrize('epoch', [1, 2, 3])
def test_a_validation_that_was_cut_off_is_made_up_for(tmp_path, epoch):
    save = dict(SAVE, save_best='one', rule='greater')
    expected, _ = train(tmp_path / 'whole', val=True, save=save)
    train(tmp_path / 'cut', val=True, stop=('val', epoch), save=save)
    CountValidations.epochs.clear()
    weights, _ = train(tmp_path / 'cut', val=True, resume=True, save=save)
    assert len(CountValidations.epochs) == EPOCHS - epoch + 1
    assert torch.equal(weights, expected)


def test_a_validation_that_is_noted_is_not_repeated(tmp_path):
    # The first one is the best, so that the checkpoint is saved again after it.
    save = dict(SAVE, save_best='one', rule='greater')
    train(tmp_path, val=True, stop=('iter', PER_EPOCH + 1), save=save)
    CountValidations.epochs.clear()
    train(tmp_path, val=True, resume=True, save=save)
    assert len(CountValidations.epochs) == EPOCHS - 1


def resume_otherwise(folder, capsys, stop, **options):
    """Resume with other options; return what was drawn, and whether that is told."""
    train(folder, stop=('iter', stop), save=EVERY_ITERATION)
    _, seen = train(folder, resume=True, save=EVERY_ITERATION, **options)
    return sorted(seen), 'restarts at iteration' in capsys.readouterr().out


def whole(*epochs):
    return [(epoch, index) for epoch in epochs for index in range(LENGTH)]


@pytest.mark.parametrize('stop', [2, 5, PER_EPOCH])
@pytest.mark.parametrize('batch', [2, 5])
def test_an_epoch_begins_anew_with_another_batch_size_and_it_is_told(
    tmp_path, capsys, stop, batch
):
    seen, told = resume_otherwise(tmp_path, capsys, stop, batch=batch)
    assert told
    assert seen == whole(*range((stop - 1) // PER_EPOCH, EPOCHS))


def test_an_epoch_that_has_not_begun_may_have_another_batch_size(tmp_path, capsys):
    train(tmp_path, stop=('iter', PER_EPOCH + 1))
    _, seen = train(tmp_path, resume=True, batch=2, val=True)
    assert sorted(seen) == whole(1, 2)
    assert 'restarts at iteration' not in capsys.readouterr().out


def test_another_number_of_processes_is_told(tmp_path, capsys, monkeypatch):
    """Even where an epoch has as many iterations."""
    monkeypatch.setattr(reproducible_train_loop, 'get_world_size', lambda: 2)
    train(tmp_path, stop=('iter', 4), save=EVERY_ITERATION)
    monkeypatch.undo()
    train(tmp_path, resume=True, save=EVERY_ITERATION)
    assert 'restarts at iteration' in capsys.readouterr().out


def test_nothing_is_told_of_a_run_that_goes_on_as_it_was(tmp_path, capsys):
    seen, told = resume_otherwise(tmp_path, capsys, stop=5)
    assert not told
    assert len(seen) == LENGTH + LENGTH - 2 * BATCH


def test_validation_goes_on_after_another_batch_size(tmp_path):
    train(tmp_path, stop=('iter', 5), save=EVERY_ITERATION, val=True)
    CountValidations.epochs.clear()
    train(tmp_path, resume=True, save=EVERY_ITERATION, batch=2, val=True)
    assert len(CountValidations.epochs) == 2


def test_a_checkpoint_that_does_not_say_when_its_epoch_began(tmp_path):
    """Those of stock loops, of which all epochs are of one length."""
    train(tmp_path, stop=('iter', 5), save=EVERY_ITERATION)
    checkpoint = torch.load(tmp_path / 'iter_5.pth')
    del checkpoint['message_hub']['runtime_info'][reproducible_train_loop.BEGUN]
    del checkpoint['message_hub']['resumed_keys'][reproducible_train_loop.BEGUN]
    torch.save(checkpoint, tmp_path / 'iter_5.pth')
    _, seen = train(tmp_path, resume=True, save=EVERY_ITERATION)
    assert len(seen) == LENGTH + LENGTH - 2 * BATCH


EVEN = dict(type='EvenBatchSampler')


@pytest.mark.parametrize('stop', range(1, PER_EPOCH + 1))
def test_a_run_of_even_batches_goes_on_within_an_epoch(tmp_path, stop):
    expected, seen = train(tmp_path / 'whole', save=EVERY_ITERATION, batches=EVEN)
    _, begun = train(
        tmp_path / 'cut', stop=('iter', stop), save=EVERY_ITERATION, batches=EVEN
    )
    weights, rest = train(
        tmp_path / 'cut', resume=True, save=EVERY_ITERATION, batches=EVEN
    )
    assert torch.equal(weights, expected)
    assert not begun.keys() & rest.keys(), 'a batch was repeated'
    assert {**begun, **rest} == seen


def test_an_epoch_begins_anew_with_another_kind_of_batches_and_it_is_told(
    tmp_path, capsys
):
    """0.1.0 had batches of one size, and did not say so in its checkpoints."""
    train(tmp_path, stop=('iter', 2), save=EVERY_ITERATION)
    checkpoint = torch.load(tmp_path / 'iter_2.pth')
    del checkpoint['message_hub']['runtime_info'][reproducible_train_loop.BEGUN][
        'batches'
    ]
    torch.save(checkpoint, tmp_path / 'iter_2.pth')
    train(tmp_path, resume=True, save=EVERY_ITERATION, batches=EVEN)
    assert 'restarts at iteration' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('options', 'got'),
    [
        (dict(batch_size=2), 'BatchSampler and SequentialSampler'),
        (dict(batch_size=None), 'NoneType and SequentialSampler'),
    ],
)
def test_a_loader_that_cannot_be_seeded_is_refused(options, got):
    from stcr_mmaction.engine.loops.draws import seed_samples

    loader = torch.utils.data.DataLoader(Drawing(), **options)
    with pytest.raises(TypeError, match=f'DefaultSampler; got {got}'):
        seed_samples(loader)


WARM_UP = dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True)


@pytest.mark.parametrize(
    'late',
    [
        dict(type='CosineAnnealingLR', begin=1, convert_to_iter_based=True),
        dict(type='CosineAnnealingLR', begin=4),
        dict(type='ExponentialLR', gamma=0.5, begin=3, by_epoch=False),
    ],
)
def test_a_schedule_that_begins_after_the_run_has_no_effect(tmp_path, late):
    options = dict(epochs=1, save=SAVE)
    expected, _ = train(tmp_path / 'without', schedules=[WARM_UP], **options)
    weights, _ = train(tmp_path / 'with', schedules=[WARM_UP, late], **options)
    assert torch.equal(weights, expected)


def test_a_schedule_that_begins_in_the_run_has_its_effect(tmp_path):
    late = dict(type='ExponentialLR', gamma=0.5, begin=2, by_epoch=False)
    expected, _ = train(tmp_path / 'without', schedules=[WARM_UP], epochs=2)
    weights, _ = train(tmp_path / 'with', schedules=[WARM_UP, late], epochs=2)
    assert not torch.equal(weights, expected)


def test_drop_last_beside_a_batch_sampler_is_refused_by_its_keys(tmp_path):
    with pytest.raises(ValueError, match='drop_last=True and a batch_sampler'):
        train(tmp_path, batches=EVEN, drop_last=True)


@pytest.mark.parametrize('options', [dict(drop_last=True), dict(batches=EVEN)])
def test_each_of_the_two_alone_is_taken(tmp_path, options):
    _, seen = train(
        tmp_path, epochs=1, drop_last=options.pop('drop_last', False), **options
    )
    assert len(seen) == (LENGTH if options else LENGTH - LENGTH % BATCH)
