from collections import Counter

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModel
from mmengine.runner import Runner, load_checkpoint
from torch.utils.data import DataLoader

from stcr_mmaction.compat import run_state


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 1)

    def forward(self, inputs, mode):
        return dict(loss=self.fc(inputs).square().mean())


class Infos(Hook):
    """Puts into the message hub what other hooks may."""

    infos = dict(
        best_score=np.float64(0.5),
        table=np.arange(4.0).reshape(2, 2),
        nested=dict(names=('a', 'b'), counts=[np.int64(1), None], where={1, 2}),
    )

    def after_train_iter(self, runner, **_):
        runner.message_hub.update_info_dict(self.infos)


SCHEDULERS = dict(
    multi_step=dict(type='MultiStepLR', milestones=[1, 3], gamma=0.1, end=4),
    warm_up=dict(type='LinearLR', start_factor=0.1, end=3, by_epoch=False),
    cosine=dict(type='CosineAnnealingLR', T_max=4, end=4),
    one_cycle=dict(type='OneCycleLR', eta_max=0.1, total_steps=8, by_epoch=False, end=8),
    poly=dict(type='PolyLR', power=0.9, end=4),
)


def run(work_dir, epochs, scheduler='multi_step', **kwargs):
    torch.manual_seed(0)
    runner = Runner(
        Model(),
        str(work_dir),
        train_dataloader=DataLoader([dict(inputs=torch.randn(2)) for _ in range(4)], 2),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=[dict(SCHEDULERS[scheduler])],
        custom_hooks=[Infos(), dict(type='EMAHook')],
        default_hooks=dict(checkpoint=dict(type='WholeCheckpointHook', interval=1)),
        default_scope='mmaction',
        experiment_name=f'{work_dir.name}_{epochs}_{scheduler}_{bool(kwargs)}',
        log_level='ERROR',
        **kwargs,
    )
    runner.train()
    return runner


@pytest.mark.parametrize('scheduler', SCHEDULERS)
def test_a_run_resumes_from_plain_data(tmp_path, scheduler):
    first = run(tmp_path, 2, scheduler)
    checkpoint = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)
    assert checkpoint['meta']['epoch'] == 2

    resumed = run(tmp_path, 4, scheduler, resume=True)
    assert resumed.iter == 8
    for key, history in first.message_hub.log_scalars.items():
        again = resumed.message_hub.get_scalar(key)
        assert type(again) is HistoryBuffer
        assert len(again.data[0]) == 2 * len(history.data[0]) == 8
        for before, after in zip(history.data, again.data, strict=True):
            assert after.dtype == before.dtype
            assert np.array_equal(after[:4], before)


@pytest.mark.parametrize('scheduler', SCHEDULERS)
def test_a_resumed_run_ends_as_one_that_never_stopped(tmp_path, scheduler):
    whole = run(tmp_path / 'whole', 4, scheduler)
    run(tmp_path / 'parts', 2, scheduler)
    parts = run(tmp_path / 'parts', 4, scheduler, resume=True)
    for expected, actual in zip(
        whole.model.parameters(), parts.model.parameters(), strict=True
    ):
        assert torch.equal(actual, expected)
    for key in ('train/loss', 'train/lr'):
        expected = whole.message_hub.get_scalar(key).data[0]
        assert np.array_equal(parts.message_hub.get_scalar(key).data[0], expected)


def test_a_model_takes_the_weights_of_a_run(tmp_path):
    run(tmp_path, 1)
    model = Model()
    checkpoint = load_checkpoint(model, str(tmp_path / 'epoch_1.pth'))
    assert torch.equal(model.fc.weight, checkpoint['state_dict']['fc.weight'])


def round_trip(hub, path):
    checkpoint = dict(message_hub=hub.state_dict())
    run_state.make_plain(checkpoint)
    torch.save(checkpoint, path)
    checkpoint = torch.load(path, weights_only=True)
    run_state.restore(checkpoint)
    loaded = MessageHub('loaded')
    loaded.load_state_dict(checkpoint['message_hub'])
    return loaded


def test_what_hooks_record_round_trips(tmp_path):
    hub = MessageHub('hub')
    hub.update_info_dict(Infos.infos)
    hub.update_info_dict(dict(epoch=3, eta=None, cfg='text', scale=torch.ones(2)))
    infos = round_trip(hub, tmp_path / 'hub.pth').runtime_info
    assert infos.keys() == hub.runtime_info.keys()
    assert (infos['epoch'], infos['eta'], infos['cfg']) == (3, None, 'text')
    assert torch.equal(infos['scale'], torch.ones(2))
    assert infos['best_score'] == 0.5
    assert infos['nested'] == Infos.infos['nested']
    assert isinstance(infos['table'], np.ndarray)
    assert np.array_equal(infos['table'], Infos.infos['table'])


@pytest.mark.parametrize('dtype', ['bool', 'uint8', 'int64', 'float16', 'complex128'])
def test_arrays_keep_their_type(tmp_path, dtype):
    hub = MessageHub('hub')
    hub.update_info('array', np.array([0, 1], dtype))
    assert round_trip(hub, tmp_path / 'hub.pth').get_info('array').dtype == dtype


def test_a_history_is_cut_where_it_was(tmp_path):
    hub = MessageHub('hub', log_scalars=dict(loss=HistoryBuffer([1.0], [2], 2)))
    hub.update_scalar('loss', 4.0)
    loaded = round_trip(hub, tmp_path / 'hub.pth')
    loaded.update_scalar('loss', 5.0)
    assert loaded.get_scalar('loss').data[0].tolist() == [4.0, 5.0]
    assert hub.get_scalar('loss').data[0].tolist() == [1.0, 4.0]


def test_what_is_not_plain_is_left_out_and_named(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(run_state, 'print_log', lambda text, **_: said.append(text))
    hub = MessageHub('hub')
    hub.update_info('model', Model())
    hub.update_info('epoch', 1)
    assert round_trip(hub, tmp_path / 'hub.pth').runtime_info == dict(epoch=1)
    assert "'model' of the message hub is not saved" in said[0]
    assert 'Model is not plain data' in said[0]


def test_the_state_of_stock_mmengine_is_taken():
    hub, loaded = MessageHub('hub'), MessageHub('loaded')
    hub.update_scalar('loss', 1.5)
    hub.update_info('table', np.eye(2))
    checkpoint = dict(message_hub=hub.state_dict())
    run_state.restore(checkpoint)
    loaded.load_state_dict(checkpoint['message_hub'])
    assert loaded.get_scalar('loss').current() == 1.5
    assert np.array_equal(loaded.get_info('table'), np.eye(2))


def test_weights_alone_pass():
    checkpoint = dict(state_dict={})
    run_state.restore(checkpoint)
    assert checkpoint == dict(state_dict={})


@pytest.mark.parametrize('by_name', [False, True])
def test_schedulers_keep_all_but_functions(by_name):
    kept = dict(milestones=Counter([1, 3]), phases=[dict(end=2)])
    states = [dict(kept, anneal_func=len)]
    checkpoint = dict(message_hub=MessageHub('hub').state_dict())
    checkpoint['param_schedulers'] = dict(a=states) if by_name else states
    run_state.make_plain(checkpoint)
    expected = dict(a=[kept]) if by_name else [kept]
    assert checkpoint['param_schedulers'] == expected
