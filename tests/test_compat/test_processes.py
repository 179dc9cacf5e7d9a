"""Process groups end before what they need does."""

import subprocess
import sys
import time
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
import torch._dynamo  # which every wrapper does, for seconds
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

import stcr_mmaction


def work(ending):
    model = DistributedDataParallel(torch.nn.Linear(1, 1))
    sys.setswitchinterval(10)  # gloo's threads let go of their tensors late
    for _ in range(1000):
        distributed.all_reduce(torch.ones(1), async_op=True)
    ending = os.path.basename(ending)
    if ending == 'error':
        distributed.all_reduce('not a tensor')
    if ending == 'interruption':
        # A job in the background of a shell inherits that it is ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)
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


class Group:
    """A process group of one, and its threads."""

    def __init__(self, folder):
        before = self.threads()
        store = f'file://{folder}/rendezvous'
        distributed.init_process_group('gloo', store, rank=0, world_size=1)
        self.started = self.threads() - before
        assert self.started

    @staticmethod
    def threads():
        return {path.name for path in Path('/proc/self/task').iterdir()}

    def is_gone(self):
        """Whether its threads are, which the system tells a moment late."""
        for _ in range(100):
            if not self.started & self.threads():
                return not distributed.is_initialized()
            time.sleep(0.05)
        return False


@pytest.fixture
def group(tmp_path):
    yield Group(tmp_path)
    leave_process_group()


@pytest.mark.parametrize('ring', [False, True])
def test_nothing_of_a_group_is_left(group, ring):
    """Whether its model still has a name, or waits for the garbage collector."""
    model = DistributedDataParallel(torch.nn.Linear(1, 1))
    if ring:
        model.module.itself = [model]
        del model
    leave_process_group()
    assert group.is_gone()


def test_a_group_that_is_destroyed_before_its_model_is_not_gone(group):
    model = DistributedDataParallel(torch.nn.Linear(1, 1))
    distributed.destroy_process_group()
    assert group.started & group.threads()
    del model


def test_the_last_error_does_not_keep_a_group(group, monkeypatch):
    try:
        distributed.all_reduce(torch.ones(1), group=distributed.group.WORLD, op='no op')
    except TypeError as error:
        monkeypatch.setattr(sys, 'last_value', error, raising=False)
        monkeypatch.setattr(sys, 'last_traceback', error.__traceback__, raising=False)
    leave_process_group()
    assert group.is_gone()


@pytest.mark.parametrize('failed', [True, False])
def test_nccl_is_not_waited_for_after_an_error(group, monkeypatch, failed):
    monkeypatch.setattr(distributed, 'get_backend', lambda: 'nccl')
    monkeypatch.setattr(sys, 'last_value', OSError() if failed else None, raising=False)
    leave_process_group()
    assert distributed.is_initialized() == failed


def test_without_a_group_there_is_nothing_to_do():
    assert not distributed.is_initialized()
    leave_process_group()
