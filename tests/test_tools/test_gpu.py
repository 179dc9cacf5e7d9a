"""The real tools on a GPU: half precision, resumption to the bit, NCCL."""

import re
import shutil

import pytest
import torch

from .test_distributed import run as run_words
from .test_train_and_test import OURS, folder, run  # noqa: F401  folder is a fixture

pytestmark = pytest.mark.gpu

REPRODUCIBLE = 'train_cfg.type=ReproducibleTrainLoop randomness.deterministic=True'


def train(folder, config, work_dir, flags='', options='randomness.seed=0'):  # noqa: F811
    """Train with our tool; return the last checkpoint, and what was printed."""
    arguments = f'{config}.py --work-dir {work_dir} {flags} --cfg-options {options}'
    printed = run(OURS / 'train.py', arguments, folder)
    last = max((folder / work_dir).glob('epoch_*.pth'))
    return torch.load(last, map_location='cpu', weights_only=True), printed


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16'])
@pytest.mark.parametrize('config', ['pretrain', 'finetune'])
def test_amp(folder, config, dtype):  # noqa: F811
    options = f'optim_wrapper.dtype={dtype}'
    saved, printed = train(folder, config, f'{config}_{dtype}', '--amp', options)
    assert re.search(r'Epoch\(train\).* loss: \d+\.\d+', printed)
    assert saved['optimizer']['loss_scaler']['scale'] > 0
    floating = [w for w in saved['state_dict'].values() if w.is_floating_point()]
    assert {weight.dtype for weight in floating} == {torch.float32}
    assert all(weight.isfinite().all() for weight in floating)


def test_a_resumed_run_ends_with_the_weights_of_one_that_was_not_interrupted(folder):  # noqa: F811
    flags = '--amp'
    whole, _ = train(folder, 'pretrain', 'whole', flags, REPRODUCIBLE)
    (folder / 'resumed').mkdir()
    shutil.copy(folder / 'whole' / 'epoch_1.pth', folder / 'resumed')
    (folder / 'resumed' / 'last_checkpoint').write_text('epoch_1.pth')
    flags += ' --resume'
    resumed, printed = train(folder, 'pretrain', 'resumed', flags, REPRODUCIBLE)
    assert 'resumed epoch: 1, iter: 2' in printed
    for name, weight in whole['state_dict'].items():
        assert torch.equal(resumed['state_dict'][name], weight), name


def test_one_process_by_nccl(folder):  # noqa: F811
    """It takes the steps of a run without a launcher."""
    script = str(OURS / 'dist_train.sh')
    words = ['bash', script, 'pretrain.py', '1', '--work-dir', 'nccl', '--cfg-options']
    printed = run_words(folder, *words, *REPRODUCIBLE.split())
    assert re.search(r'Distributed launcher: pytorch', printed)
    assert re.search(r'dist_cfg: .*nccl', printed)
    alone, _ = train(folder, 'pretrain', 'alone', options=REPRODUCIBLE)
    together = torch.load(folder / 'nccl' / 'epoch_2.pth', map_location='cpu')
    for name, weight in alone['state_dict'].items():
        torch.testing.assert_close(
            together['state_dict'][name], weight, rtol=1e-4, atol=1e-5
        )
