"""A deterministic run sets what cuBLAS needs, and no other run does."""

import os

import mmengine.runner.runner
import pytest
import torch

WORKSPACE = 'CUBLAS_WORKSPACE_CONFIG'


@pytest.fixture(autouse=True)
def _settings_of_this_process_stay(monkeypatch):
    monkeypatch.setenv(WORKSPACE, '')  # so that it is put back as it was
    monkeypatch.delenv(WORKSPACE)
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark
    yield
    torch.use_deterministic_algorithms(False)
    cudnn.deterministic, cudnn.benchmark = before


def test_a_deterministic_run_fixes_the_workspace():
    mmengine.runner.runner.set_random_seed(seed=1, deterministic=True)
    assert os.environ[WORKSPACE] == ':4096:8'
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.initial_seed() == 1


def test_what_the_user_chose_stays(monkeypatch):
    monkeypatch.setenv(WORKSPACE, ':16:8')
    mmengine.runner.runner.set_random_seed(seed=1, deterministic=True)
    assert os.environ[WORKSPACE] == ':16:8'


def test_another_run_does_not():
    mmengine.runner.runner.set_random_seed(seed=1)
    assert WORKSPACE not in os.environ
