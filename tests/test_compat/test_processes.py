"""Process groups end before what they need does."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from stcr_mmaction.compat.processes import leave_process_group

SCRIPT = """
import os
import signal
import sys

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

import stcr_mmaction


def work(ending):
    model = DistributedDataParallel(torch.nn.Linear(1, 1))
    sys.setswitchinterval(10)  # gloo's threads let go of their tensors late
    for _ in range(10000):
        distributed.all_reduce(torch.ones(1), async_op=True)
    ending = os.path.basename(ending)
    if ending == 'error':
        distributed.all_reduce('not a tensor')
    if ending == 'interruption':
        os.kill(os.getpid(), signal.SIGINT)
    if ending == 'exit':
        sys.exit(3)
    return model


for ending in sys.argv[1:]:
    process = os.fork()
    if not process:
        break
    status = os.waitpid(process, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
else:
    sys.exit()
distributed.init_process_group('gloo', f'file://{ending}', rank=0, world_size=1)
model = work(ending)
"""


def test_each_ending_has_its_own_exit_status(tmp_path):
    endings = dict(whole=0, error=1, interruption=-2, exit=3)
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, *(str(tmp_path / name) for name in endings)],
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.stdout.split() == [str(status) for status in endings.values()]
    assert 'TypeError' in done.stderr
    assert 'terminate called' not in done.stderr


class Ring:
    """Only the garbage collector frees it."""

    def __init__(self, model):
        self.itself, self.model = self, model


def threads_of_gloo():
    names = (path.read_text() for path in Path('/proc/self/task').glob('*/comm'))
    return [name for name in names if 'gloo' in name]


@pytest.fixture
def model(tmp_path):
    store = f'file://{tmp_path}/rendezvous'
    distributed.init_process_group('gloo', store, rank=0, world_size=1)
    assert threads_of_gloo()
    return DistributedDataParallel(torch.nn.Linear(1, 1))


@pytest.mark.parametrize('holder', [lambda model: model, Ring], ids=['name', 'ring'])
def test_nothing_of_a_group_is_left(model, holder):
    held = holder(model)
    del model
    held = None if isinstance(held, Ring) else held
    leave_process_group()
    assert not distributed.is_initialized()
    assert not threads_of_gloo()
    leave_process_group()  # there is none


def test_the_last_error_does_not_keep_a_group(model, monkeypatch):
    try:
        distributed.all_reduce('not a tensor')
    except TypeError as error:
        monkeypatch.setattr(sys, 'last_value', error, raising=False)
        monkeypatch.setattr(sys, 'last_traceback', error.__traceback__, raising=False)
    del model
    leave_process_group()
    assert not threads_of_gloo()


@pytest.mark.parametrize('failed', [True, False])
def test_nccl_is_not_waited_for_after_an_error(model, monkeypatch, failed):
    monkeypatch.setattr(distributed, 'get_backend', lambda: 'nccl')
    monkeypatch.setattr(sys, 'last_value', OSError() if failed else None, raising=False)
    leave_process_group()
    assert distributed.is_initialized() == failed
    monkeypatch.undo()
    leave_process_group()
