"""Train in two processes repeatedly, and report how both end.

    python -m tools.experiments.trials.two_processes CONFIG FOLDER ENDING... [--seed 0]

A process is forked for each rank, so that packages are imported only once. It exits like
a program, unlike children of `multiprocessing`. After each training a line of JSON is
printed: its ``ending``, the two exit ``codes`` (``null`` for a process that hung), and
the ``seconds`` from the first iteration, or from the signal, to the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import runpy
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot  # noqa: F401  a training imports these on its way
import torch
import torch._dynamo

import stcr_mmaction  # noqa: F401

from .. import ROOT

LIMIT = 120  # seconds after which a process counts as hanging
# Signal and ranks; None is a random rank.
SIGNALS = dict(
    error=(signal.SIGUSR1, None),
    interruption=(signal.SIGINT, (0, 1)),
    termination=(signal.SIGTERM, None),
)


def run_trainings(args: argparse.Namespace) -> bool:
    """Run all trainings; return True in the forked processes, which must train."""
    lifetime = 1.0
    for number, ending in enumerate(args.endings):
        folder = args.folder / f'{number}_{ending}'
        processes = _fork(args.config, folder)
        if not processes:
            return True
        _await_start(folder, processes)
        if ending in SIGNALS:
            draw = random.Random(f'{args.seed} {number}')
            time.sleep(draw.uniform(0, lifetime))
            _send(*SIGNALS[ending], processes, draw)
        started = time.perf_counter()
        codes = _await_end(processes)
        seconds = time.perf_counter() - started
        lifetime = lifetime if ending in SIGNALS else seconds
        print(json.dumps(dict(ending=ending, codes=codes, seconds=seconds)), flush=True)
    return False


def _fork(config: Path, folder: Path) -> list[int]:
    """Fork a process for each rank; return an empty list in the children."""
    folder.mkdir(parents=True)
    port, processes = _free_port(), []
    for rank in range(2):
        process = os.fork()
        if not process:
            _set_up_rank(rank, port, config, folder)
            return []
        processes.append(process)
    return processes


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def _set_up_rank(rank: int, port: int, config: Path, folder: Path) -> None:
    """Set the environment, output and command line of a rank."""
    log = os.open(folder / f'{rank}.log', os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(log, stream)
    signal.signal(signal.SIGUSR1, _fail)
    environment = dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=2, MASTER_PORT=port)
    os.environ.update({name: str(value) for name, value in environment.items()})
    os.environ['MASTER_ADDR'] = '127.0.0.1'
    words = ['--work-dir', str(folder), '--launcher', 'pytorch']
    sys.argv = ['train.py', str(config), *words]


def _fail(*_: object) -> None:
    raise RuntimeError('an error of one process, at any moment')


def _await_start(folder: Path, processes: Sequence[int]) -> None:
    """Wait for the first iteration, or for an early end."""
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT
    deadline = time.perf_counter() + LIMIT
    while time.perf_counter() < deadline:
        ended = any(os.waitid(os.P_PID, process, look) for process in processes)
        if ended or any(folder.glob('*/vis_data/*.json')):
            return
        time.sleep(0.01)


def _send(
    number: signal.Signals,
    ranks: Sequence[int] | None,
    processes: Sequence[int],
    draw: random.Random,
) -> None:
    """Send a signal; this also works for an ended process that was not waited for."""
    for rank in [draw.randrange(2)] if ranks is None else ranks:
        os.kill(processes[rank], number)


def _await_end(processes: Sequence[int]) -> list[int | None]:
    """Return the exit codes; negative signal numbers if a signal ended a process."""
    deadline = time.perf_counter() + LIMIT
    codes: dict[int, int | None] = {}
    while len(codes) < len(processes) and time.perf_counter() < deadline:
        for process in set(processes) - codes.keys():
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                codes[process] = os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    for process in set(processes) - codes.keys():
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return [codes.get(process) for process in processes]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', type=Path)
    parser.add_argument('folder', type=Path)
    parser.add_argument('endings', nargs='+', choices=['whole', *SIGNALS])
    parser.add_argument('--seed', type=int, default=0, help='of ranks and moments')
    return parser.parse_args()


if __name__ == '__main__':
    torch.set_num_threads(1)  # threads and forked processes do not go together
    if run_trainings(parse_args()):
        runpy.run_path(str(ROOT / 'tools' / 'train.py'), run_name='__main__')
