"""How the machine is shared out."""

import pytest
import torch

import stcr_mmaction
from tools.experiments import machine


@pytest.fixture
def with_devices(monkeypatch):
    def pretend(devices: int, cpus: int, visible: str | None = None) -> None:
        monkeypatch.setattr(torch.cuda, 'device_count', lambda: devices)
        monkeypatch.setattr(machine, 'count_cpus', lambda: cpus)
        monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
        monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
        if visible is not None:
            monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)

    return pretend


def test_without_devices_jobs_share_the_processors(with_devices):
    with_devices(0, cpus=6)
    assert machine.job_environments() == [dict(OMP_NUM_THREADS='1')] * 6
    assert machine.job_environments(2) == [dict(OMP_NUM_THREADS='3')] * 2
    assert machine.job_environments(9) == [dict(OMP_NUM_THREADS='1')] * 9


def test_threads_that_were_chosen_stay_so(with_devices, monkeypatch):
    with_devices(0, cpus=6)
    monkeypatch.setenv('OMP_NUM_THREADS', '2')
    assert machine.job_environments(1) == [dict(OMP_NUM_THREADS='2')]


def test_jobs_are_spread_over_the_devices(with_devices):
    with_devices(2, cpus=16)
    found = machine.job_environments(2)
    assert [env['CUDA_VISIBLE_DEVICES'] for env in found] == ['0', '1', '0', '1']
    assert {env['OMP_NUM_THREADS'] for env in found} == {'4'}
    assert len(machine.job_environments()) == 2


def test_devices_that_are_hidden_stay_so(with_devices):
    with_devices(2, cpus=2, visible='3,5')
    found = machine.job_environments()
    assert [env['CUDA_VISIBLE_DEVICES'] for env in found] == ['3', '5']


def test_versions_name_the_code():
    assert machine.versions()['stcr_mmaction'] == stcr_mmaction.__version__
    # A wheel's metadata need not have the build, as in 2.13.0+cu130.
    assert torch.__version__.startswith(machine.versions()['torch'])


def test_versions_name_the_engine_that_is_there(monkeypatch):
    """Neither engine, nor an installation of the package, is needed."""
    there = {'onedl-mmengine': '0.10.12', 'mmaction2': '1.2.0'}

    def version(name):
        if name not in there:
            raise machine.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(machine, 'version', version)
    told = machine.versions()
    assert told.items() >= there.items()
    assert told['stcr_mmaction'] == stcr_mmaction.__version__
    assert 'mmengine' not in told
