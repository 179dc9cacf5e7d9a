"""A memory format for faster 3D convolutions."""

import pytest
import torch

from ..small_runs import logged, make_runner


def test_the_memory_format_changes_no_result(tmp_path):
    losses = {}
    for name, hooks in dict(usual=[], last=[dict(type='ChannelsLastHook')]).items():
        runner = make_runner(tmp_path / name, hooks)
        runner.train()
        losses[name] = [line['loss'] for line in logged(tmp_path / name)]
    weights = [p for p in runner.model.parameters() if p.dim() == 5]
    last = torch.channels_last_3d
    assert weights and all(w.is_contiguous(memory_format=last) for w in weights)
    assert losses['last'] == pytest.approx(losses['usual'], rel=1e-4)
