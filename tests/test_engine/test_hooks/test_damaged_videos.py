"""The account of damaged videos."""

import json
from types import SimpleNamespace

import pytest
from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmengine.logging import MessageHub

SHORT = ('s.mp4', "video 's.mp4' has 40 frames, fewer than the 64")
DAMAGED = ('a.mp4', "cannot load video 'a.mp4': it is cut short")


class Logger:
    def __init__(self):
        self.text = ''

    def warning(self, text):
        self.text += text


class Runner:
    """What the hook wants of a runner."""

    def __init__(self, folder, hub=None):
        self.work_dir, self.iter, self.epoch = folder, 0, 0
        self.message_hub = hub or MessageHub.get_instance(f'{folder.name}-{id(self)}')
        self.logger = Logger()
        self.train_dataloader = SimpleNamespace(dataset=object())


def run(hook, runner, batches, kind='replaced'):
    """Run through batches, each a list of what its samples replaced."""
    hook.before_train(runner)
    for batch in batches:
        samples = [ActionDataSample() for _ in batch]
        for sample, replaced in zip(samples, batch, strict=True):
            if replaced:
                sample.set_metainfo({kind: replaced})
        hook.after_train_iter(runner, runner.iter, dict(data_samples=samples))
        runner.iter += 1
    hook.after_train_epoch(runner)
    hook.after_train(runner)


def build(**options):
    return HOOKS.build(dict(type='DamagedVideosHook', **options))


def read(folder):
    return json.loads((folder / 'damaged_videos.json').read_text())


def test_they_are_counted_and_listed(tmp_path):
    runner = Runner(tmp_path)
    run(build(max_share=0.5), runner, [[[], [DAMAGED]], [[DAMAGED, ('b', 'no')], []]])
    account = read(tmp_path)
    assert account['num_samples'] == 4
    assert {name: entry['times'] for name, entry in account['videos'].items()} == {
        'a.mp4': 2, 'b': 1
    }  # fmt: skip
    assert account['videos']['a.mp4']['reason'] == DAMAGED[1]
    assert 'a.mp4: 2 times' in runner.logger.text


def test_each_is_logged_once(tmp_path):
    runner = Runner(tmp_path)
    run(build(max_share=0.9), runner, [[[DAMAGED]], [[DAMAGED]], [[]], [[]]])
    assert runner.logger.text.count('it is cut short') == 1


def test_sound_videos_leave_no_report(tmp_path):
    runner = Runner(tmp_path)
    run(build(max_share=0), runner, [[[], []]])
    assert not list(tmp_path.iterdir())
    assert not runner.logger.text


def test_too_many_end_the_run(tmp_path):
    hook = build(max_share=0.1, interval=1)
    batches = [[[]] * 9 + [[DAMAGED]]]  # 1 of 11 drawn
    run(hook, Runner(tmp_path), batches)
    with pytest.raises(RuntimeError, match=r'2 of 13 videos .* max_share=0\.1'):
        run(hook, Runner(tmp_path), [[[DAMAGED]]])
    assert len(read(tmp_path)['videos']) == 1


def test_a_resumed_run_goes_on_counting(tmp_path):
    first = Runner(tmp_path)
    run(build(max_share=0.5), first, [[[], [DAMAGED]]])
    hub = MessageHub.get_instance(f'{tmp_path.name}-resumed')
    hub.load_state_dict(first.message_hub.state_dict())
    run(build(max_share=0.5), Runner(tmp_path, hub), [[[], [DAMAGED]]])
    assert read(tmp_path)['num_samples'] == 4
    assert read(tmp_path)['videos']['a.mp4']['times'] == 2


def test_videos_left_out_on_purpose_are_listed_and_may_be_many(tmp_path):
    runner = Runner(tmp_path)
    batches = [[[SHORT]], [[SHORT, ('t', 'no')]], [[]]]
    run(build(max_share=0, interval=1), runner, batches, kind='skipped')
    account = read(tmp_path)
    assert account['videos'] == {}
    assert account['skipped'] == {
        's.mp4': dict(reason=SHORT[1], times=2), 't': dict(reason='no', times=1)
    }  # fmt: skip
    assert runner.logger.text.count('fewer than the 64') == 1
    assert '2 videos so far are left out by the pipeline' in runner.logger.text


def test_the_account_of_a_checkpoint_that_knows_of_no_skipped_videos_is_read(tmp_path):
    runner = Runner(tmp_path)
    old = dict(num_samples=3, videos={'a.mp4': dict(reason='x', times=1)})
    runner.message_hub.update_info('damaged_videos', old)
    run(build(max_share=0.9), runner, [[[SHORT]]], kind='skipped')
    assert read(tmp_path)['num_samples'] == 4
    assert list(read(tmp_path)['skipped']) == ['s.mp4']


def test_data_sets_leave_the_log_to_it(tmp_path):
    inner = [SimpleNamespace(log_replaced=True) for _ in range(2)]
    joined = SimpleNamespace(datasets=[SimpleNamespace(dataset=inner[0]), inner[1]])
    runner = Runner(tmp_path)
    runner.train_dataloader.dataset = joined
    run(build(), runner, [])
    assert [dataset.log_replaced for dataset in inner] == [False, False]


@pytest.mark.parametrize(
    'options', [dict(max_share=1), dict(max_share=-1), dict(interval=0)]
)
def test_bad_options_are_refused_when_built(options):
    with pytest.raises(ValueError, match='max_share from 0 to below 1 and interval >= 1'):
        build(**options)
