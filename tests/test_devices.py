"""What tests see of a machine's devices."""

import os
import subprocess
import sys

import pytest
import torch
from mmengine.device import get_device


def test_tests_of_the_cpu_and_their_subprocesses_see_no_gpu():
    assert os.environ['CUDA_VISIBLE_DEVICES'] == ''
    assert get_device() == 'cpu'
    ask = 'import torch; print(torch.cuda.device_count())'
    told = subprocess.run([sys.executable, '-c', ask], capture_output=True, text=True)
    assert told.stdout.strip() == '0'


@pytest.mark.gpu
def test_tests_of_the_gpu_see_it():
    assert torch.cuda.is_available()
    assert get_device() == 'cuda'
