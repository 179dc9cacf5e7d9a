"""What the tests of several commands share."""

from importlib import import_module

import pytest

from stcr_mmaction.apis.own_videos import plan

COMMANDS = 'stcr_mmaction.apis.commands'


@pytest.fixture(scope='module')
def in_one_process_without_reports():
    """Leave out the start of loading processes, and the pictures of each report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, '_workers', lambda: plan.Choice(0, 'a test'))
        for command in ('pretrain', 'finetune', 'evaluate'):
            patch.setattr(import_module(f'{COMMANDS}.{command}'), 'report', print)
        yield
