import functools
import io
import os
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pickle import UnpicklingError

import mmengine.runner.checkpoint
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.optim import OneCycleLR
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint

from stcr_mmaction.compat.checkpoints import load_checkpoints_safely, load_safely
from stcr_mmaction.compat.run_state import make_plain

LOSSES = [3.0, 2.5, 2.25]


class Reduced:
    """Pickles as the call of a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Unknown:
    """A class of somebody else's."""


def stock_checkpoint():
    """What mmengine without this package saves."""
    hub = MessageHub('stock')
    for iteration, loss in enumerate(LOSSES):
        hub.update_scalar('train/loss', loss)
        hub.update_scalar('train/count', iteration, count=4)
    hub.update_info('best_score', np.float64(0.75))
    hub.update_info('confusion', np.eye(2, dtype=np.int64))
    hub.update_info('mask', np.array([True, False]))
    return dict(
        state_dict=dict(weight=torch.arange(3.0)),
        message_hub=hub.state_dict(),
        meta=dict(seed=np.int32(5), epoch=2),
    )


def save(content, path):
    """Save in the format whose pickle lies open in the file."""
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def assert_is_stock_checkpoint(checkpoint):
    hub = MessageHub('loaded')
    hub.load_state_dict(checkpoint['message_hub'])
    assert torch.equal(checkpoint['state_dict']['weight'], torch.arange(3.0))
    for key, logs, counts in (
        ('train/loss', LOSSES, [1, 1, 1]),
        ('train/count', [0, 1, 2], [4, 4, 4]),
    ):
        history = hub.get_scalar(key)
        assert type(history) is HistoryBuffer
        assert history.data[0].tolist() == logs
        assert history.data[1].tolist() == counts
        assert history.statistics('max') == max(logs)
    assert hub.get_info('best_score') == 0.75
    assert np.array_equal(hub.get_info('confusion'), np.eye(2))
    assert hub.get_info('mask').tolist() == [True, False]
    assert checkpoint['meta'] == dict(seed=5, epoch=2)


def test_the_stock_form_needs_more_than_torch_admits(tmp_path):
    torch.save(stock_checkpoint(), tmp_path / 'stock.pth')
    with pytest.raises(UnpicklingError, match='HistoryBuffer'):
        torch.load(tmp_path / 'stock.pth', weights_only=True)


@pytest.mark.parametrize('zipped', [True, False])
def test_stock_checkpoint_loads(tmp_path, zipped):
    path = tmp_path / 'stock.pth'
    torch.save(stock_checkpoint(), path, _use_new_zipfile_serialization=zipped)
    assert_is_stock_checkpoint(CheckpointLoader.load_checkpoint(str(path)))


@pytest.mark.parametrize('core', [b'numpy.core', b'numpy._core'])
def test_both_numpy_names_load(tmp_path, core):
    path = save(stock_checkpoint(), tmp_path / 'stock.pth')
    content, count = re.subn(rb'numpy\._?core', core, path.read_bytes())
    assert count >= 2
    path.write_bytes(content)
    assert_is_stock_checkpoint(CheckpointLoader.load_checkpoint(str(path)))


@pytest.mark.parametrize('dtype', ['?', 'i1', 'u2', '<i8', '>i8', 'f2', '>f4', 'c16'])
@pytest.mark.parametrize('order', ['C', 'F'])
def test_arrays_of_numbers_load(tmp_path, dtype, order):
    array = np.arange(6).reshape(2, 3).astype(dtype, order=order)
    torch.save(dict(array=array, last=array[1, 2]), tmp_path / 'arrays.pth')
    loaded = CheckpointLoader.load_checkpoint(str(tmp_path / 'arrays.pth'))
    assert np.array_equal(loaded['array'], array)
    # numpy itself gives arrays the byte order of the machine.
    assert loaded['array'].dtype == array.dtype.newbyteorder('=')
    assert loaded['last'] == array[1, 2]
    assert type(loaded['last']) is type(array[1, 2])


def test_an_array_whose_bytes_do_not_fill_it_is_refused(tmp_path):
    path = save(dict(array=np.zeros(3, 'u1')), tmp_path / 'short.pth')
    content = path.read_bytes()
    assert content.count(b'K\x03\x85') == 1  # its shape
    path.write_bytes(content.replace(b'K\x03\x85', b'K\xff\x85'))
    with pytest.raises(UnpicklingError, match='short.pth is not a checkpoint'):
        CheckpointLoader.load_checkpoint(str(path))


def test_statistics_methods_of_a_file_are_not_taken_over(tmp_path):
    content = stock_checkpoint()
    history = content['message_hub']['log_scalars']['train/loss']
    history.__dict__['_statistics_methods'] = dict(mean=HistoryBuffer.max)
    torch.save(content, tmp_path / 'stock.pth')
    CheckpointLoader.load_checkpoint(str(tmp_path / 'stock.pth'))
    assert HistoryBuffer([1, 3], [1, 1]).statistics('mean') == 2


def test_no_class_stays_admitted(tmp_path):
    before = set(torch.serialization.get_safe_globals())
    torch.save(stock_checkpoint(), tmp_path / 'stock.pth')
    CheckpointLoader.load_checkpoint(str(tmp_path / 'stock.pth'))
    assert set(torch.serialization.get_safe_globals()) == before


def spread(self):
    return self.max() - self.min()


@pytest.fixture
def registered(monkeypatch):
    """A statistic that no other test has: checkpoints would hold it."""
    methods = dict(HistoryBuffer._statistics_methods)
    monkeypatch.setattr(HistoryBuffer, '_statistics_methods', methods)
    HistoryBuffer.register_statistics(spread)


@pytest.mark.usefixtures('registered')
def test_registered_statistics_are_there_after_loading(tmp_path):
    torch.save(stock_checkpoint(), tmp_path / 'stock.pth')
    content = CheckpointLoader.load_checkpoint(str(tmp_path / 'stock.pth'))
    history = content['message_hub']['log_scalars']['train/loss']
    assert history.statistics('spread') == max(LOSSES) - min(LOSSES)


@pytest.mark.usefixtures('registered')
def test_a_statistic_is_not_called_by_a_file(tmp_path):
    history = Reduced(spread, HistoryBuffer([1, 3], [1, 1]))
    torch.save(dict(x=history), tmp_path / 'evil.pth')
    with pytest.raises(UnpicklingError, match='call a statistic'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'evil.pth'))


@pytest.mark.parametrize('strategy', ['cos', 'linear'])
def test_the_state_of_a_stock_scheduler_loads_as_it_was(tmp_path, strategy):
    optimizer = torch.optim.SGD([torch.ones(1)], 0.1)
    options = dict(eta_max=0.1, total_steps=4, anneal_strategy=strategy)
    state = OneCycleLR(optimizer, **options).state_dict()
    torch.save(dict(param_schedulers=[state]), tmp_path / 'stock.pth')
    content = CheckpointLoader.load_checkpoint(str(tmp_path / 'stock.pth'))
    assert content == dict(param_schedulers=[state])
    assert callable(state['anneal_func'])


def test_plain_checkpoints_are_given_back_as_mmengine_has_them(tmp_path):
    content = dict(stock_checkpoint(), meta=dict(seed=5, epoch=2))
    make_plain(content)
    torch.save(content, tmp_path / 'plain.pth')
    plain = torch.load(tmp_path / 'plain.pth', weights_only=True)
    assert type(plain['message_hub']['log_scalars']['train/loss']) is dict
    assert_is_stock_checkpoint(CheckpointLoader.load_checkpoint(f'{tmp_path}/plain.pth'))


def attacks(marker):
    touch = f'touch {marker}'
    init = Reduced(getattr, HistoryBuffer, '__init__')
    return dict(
        system=(Reduced(os.system, touch), 'system'),
        eval=(Reduced(eval, f'open({str(marker)!r}, "w")'), 'eval'),
        getattr_of_module_function=(
            Reduced(getattr, Reduced(getattr, init, '__globals__'), 'get'),
            'getattr',
        ),
        getattr_of_tensor=(Reduced(getattr, torch.Tensor, '__reduce__'), 'getattr'),
        dunder_of_history=(init, '__init__'),
        dunder_of_scheduler=(
            Reduced(getattr, OneCycleLR.__mro__[2], '__init__'),
            'getattr',
        ),
        unknown_class=(Unknown(), 'Unknown'),
        array_of_objects=(np.array([Reduced(os.system, touch)]), "numpy type 'O8'"),
        array_of_addresses=(
            Reduced(np.ndarray, (1,), np.dtype('O'), bytes(8)),
            "numpy type 'O8'",
        ),
        records=(np.zeros(1, 'i4,f4'), "numpy type 'V8'"),
    )


@pytest.mark.parametrize('attack', attacks(''))
@pytest.mark.parametrize('zipped', [True, False])
def test_anything_else_is_refused(tmp_path, attack, zipped):
    marker, path = tmp_path / 'marker', tmp_path / 'evil.pth'
    content, name = attacks(marker)[attack]
    torch.save(dict(x=content), path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(UnpicklingError, match=name) as refusal:
        CheckpointLoader.load_checkpoint(str(path))
    assert f'{path} is refused' in str(refusal.value)
    assert 'If you trust its source' in str(refusal.value)
    assert not marker.exists()


def test_the_attack_is_real(tmp_path):
    marker = tmp_path / 'marker'
    torch.save(attacks(marker)['system'][0], tmp_path / 'evil.pth')
    torch.load(tmp_path / 'evil.pth', weights_only=False)
    assert marker.exists()


def truncated(path):
    torch.save(stock_checkpoint(), path)
    path.write_bytes(path.read_bytes()[:-400])


def truncated_unzipped(path):
    save(stock_checkpoint(), path)
    path.write_bytes(path.read_bytes()[:-40])


def a_list(path):
    torch.save([1, 2], path)


def a_script(path):
    torch.jit.script(torch.nn.Linear(1, 1)).save(str(path))


@pytest.mark.parametrize(
    'write',
    [
        truncated,
        truncated_unzipped,
        a_list,
        a_script,
        lambda path: path.write_bytes(b''),
        lambda path: path.write_text('<html>404</html>'),
    ],
)
@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_what_is_no_checkpoint_is_named(tmp_path, write):
    write(tmp_path / 'broken.pth')
    with pytest.raises(UnpicklingError, match='broken.pth is not a checkpoint, or'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'broken.pth'))


def test_errors_that_are_not_about_the_file_pass(tmp_path):
    torch.save(dict(weight=torch.ones(1)), tmp_path / 'good.pth')
    with pytest.raises(RuntimeError, match='CUDA device'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'good.pth'), 'cuda:4096')


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.pth can not be found'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'absent.pth'))


def test_weights_reach_the_model(tmp_path):
    source, target = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    content = dict(stock_checkpoint(), state_dict=source.state_dict())
    torch.save(content, tmp_path / 'stock.pth')
    load_checkpoint(target, str(tmp_path / 'stock.pth'), strict=True)
    assert torch.equal(target.weight, source.weight)


@pytest.fixture
def address(tmp_path, monkeypatch):
    """The http address of a folder; what is downloaded is kept below it."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()
        thread.join()


def test_stock_checkpoint_loads_from_an_address(tmp_path, address):
    torch.save(stock_checkpoint(), tmp_path / 'stock.pth')
    assert_is_stock_checkpoint(CheckpointLoader.load_checkpoint(f'{address}/stock.pth'))


def test_anything_else_is_refused_from_an_address(tmp_path, address):
    marker = tmp_path / 'marker'
    torch.save(dict(x=attacks(marker)['system'][0]), tmp_path / 'evil.pth')
    with pytest.raises(UnpicklingError, match='system') as refusal:
        CheckpointLoader.load_checkpoint(f'{address}/evil.pth')
    assert f'{address}/evil.pth, kept in {tmp_path}' in str(refusal.value)
    assert not marker.exists()


def test_the_fork_does_not_fall_back_on_unsafe_loading(tmp_path, monkeypatch):
    stack = mmengine.runner.checkpoint
    monkeypatch.setattr(stack, '_safe_torch_load', torch.load, raising=False)
    load_checkpoints_safely()
    assert stack._safe_torch_load is load_safely
    marker, file = tmp_path / 'marker', io.BytesIO()
    torch.save(dict(x=attacks(marker)['system'][0]), file)
    file.seek(0)
    with pytest.raises(UnpicklingError, match='checkpoint from the network is refused'):
        load_safely(file)
    assert not marker.exists()
