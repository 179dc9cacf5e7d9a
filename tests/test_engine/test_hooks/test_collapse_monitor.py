"""A collapse is seen in a real training loop of mmengine."""

import copy

import pytest
import torch

from stcr_mmaction.engine import CollapseMonitorHook
from stcr_mmaction.functional import channel_spread, effective_rank

from ...test_models.toy import ToyBackbone
from ..small_runs import logged, make_runner


def test_figures_are_logged_beside_the_losses_once_the_window_is_full(tmp_path):
    hook = dict(type='CollapseMonitorHook', interval=1, window=12)
    make_runner(tmp_path, [hook]).train()
    names = {'spread_clean', 'spread_noise', 'rank_clean', 'rank_noise'}
    with_figures = [names <= line.keys() for line in logged(tmp_path)]
    assert with_figures == [False] * 2 + [True] * 10


@pytest.mark.parametrize(
    ('interval', 'window', 'first', 'ends'),
    [
        (1, 12, 3, ''),
        (4, 12, 4, ''),
        (5, 25, 10, ', but the run ends at 6'),
    ],
)
def test_the_first_iteration_tells_when_figures_come(
    tmp_path, interval, window, first, ends
):
    hook = dict(type='CollapseMonitorHook', interval=interval, window=window)
    make_runner(tmp_path, [hook], epochs=1).train()
    log = next(tmp_path.rglob('*.log')).read_text()
    told = f'once it has seen {window} clips: first at iteration {first}{ends}\n'
    assert log.count(told) == 1
    lines = enumerate(logged(tmp_path), start=1)
    assert next((i for i, line in lines if 'rank_clean' in line), 10) == first


def test_figures_are_those_of_the_last_clips_of_each_path(tmp_path):
    hook = CollapseMonitorHook(interval=1, window=10)
    runner = make_runner(tmp_path, [hook], epochs=1)
    seen = []
    runner.model.consistency_head.register_forward_hook(
        lambda head, inputs, output: seen.append([p.detach() for p in output])
    )
    runner.train()
    last = logged(tmp_path)[-1]
    for path, batches in zip(('clean', 'noise'), zip(*seen, strict=True), strict=True):
        features = torch.cat(batches)[-10:].mean(dim=2)
        spread, rank = channel_spread(features), effective_rank(features)
        assert last[f'spread_{path}'] == pytest.approx(spread.item(), rel=1e-5)
        assert last[f'rank_{path}'] == pytest.approx(rank.item(), rel=1e-5)


def test_figures_of_features_in_half_precision_are_not_rounded_again():
    features = (10 + torch.rand(2, 8, 4, 3)).bfloat16()
    figures = []
    for paths in (features, features.float()):
        hook = CollapseMonitorHook(window=8)
        hook._listen(None, None, tuple(paths))
        figures.append(hook.measure())
    assert figures[0] == figures[1]


class Shrinking(ToyBackbone):
    """Gives every clip more nearly the same features, batch by batch."""

    def forward(self, x):
        """Compute the maps."""
        self.scale = getattr(self, 'scale', 1.0) * 0.7
        return super().forward(x) * self.scale + 1


def warnings_in(work_dir):
    lines = next(work_dir.rglob('*.log')).read_text().splitlines()
    return [line for line in lines if 'collapsing' in line]


def test_a_collapse_is_reported_once(tmp_path):
    hook = CollapseMonitorHook(interval=1, window=8)
    runner = make_runner(tmp_path, [hook])
    runner.model.backbone = Shrinking()
    runner.train()
    (message,) = warnings_in(tmp_path)
    assert 'WARNING' in message
    assert 'spread_clean from' in message
    for option in ('InfoNCELoss', 'loss_temporal', 'VarianceCovarianceLoss', 'cls_head'):
        assert option in message


class Flattening(ToyBackbone):
    """Gives features of full size, batch by batch in more nearly one direction."""

    def forward(self, x):
        """Compute the maps."""
        self.share = getattr(self, 'share', 1.0) * 0.7
        maps = super().forward(x)
        return self.share * maps + (1 - self.share) * 8 * maps[:, :1]


@pytest.mark.parametrize(
    ('backbone', 'figure', 'other'),
    [(Shrinking, 'spread', 'rank'), (Flattening, 'rank', 'spread')],
)
def test_either_figure_is_enough(tmp_path, backbone, figure, other):
    hook = CollapseMonitorHook(interval=1, window=8, tolerance=0.5)
    runner = make_runner(tmp_path, [hook])
    runner.model.backbone = backbone().requires_grad_(False)  # falls as it says
    runner.train()
    (message,) = warnings_in(tmp_path)
    assert f'{figure}_clean from' in message
    assert other not in message.split('. ')[0]
    last = logged(tmp_path)[-1]
    first = runner.message_hub.get_info('collapse_baseline')
    assert last[f'{figure}_clean'] < 0.5 * first[f'{figure}_clean']
    assert last[f'{other}_clean'] > 0.5 * first[f'{other}_clean']


def test_a_figure_that_is_not_judged_is_logged_alone(tmp_path):
    hook = CollapseMonitorHook(interval=1, window=8, tolerance=0.5, judged=['rank'])
    runner = make_runner(tmp_path, [hook])
    runner.model.backbone = Shrinking().requires_grad_(False)
    runner.train()
    assert not warnings_in(tmp_path)
    first = runner.message_hub.get_info('collapse_baseline')
    assert logged(tmp_path)[-1]['spread_clean'] < 0.5 * first['spread_clean']


def test_a_run_can_be_stopped_instead(tmp_path):
    hook = CollapseMonitorHook(interval=1, window=8, action='stop')
    runner = make_runner(tmp_path, [hook])
    runner.model.backbone = Shrinking()
    with pytest.raises(RuntimeError, match=r'collapsing: .*spread_clean.*InfoNCELoss'):
        runner.train()
    assert runner.iter < 11
    names = {'spread_clean', 'rank_clean'}
    assert names <= runner.message_hub.get_info('collapse_baseline').keys()


def test_a_moving_target_and_more_losses_train_log_and_resume(tmp_path):
    head = dict(
        type='STCRHead',
        in_channels=8,
        temporal_size=2,
        center_time=True,
        predictor=dict(type='ProjectionMLP', hidden_channels=4),
        auxiliary_losses=dict(contrast=dict(type='InfoNCELoss')),
    )
    model = dict(
        type='STCR',
        backbone=dict(type='ToyBackbone'),
        consistency_head=head,
        target_momentum=0.9,
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )
    hook = dict(type='CollapseMonitorHook', interval=1, window=12)
    make_runner(tmp_path, [hook], epochs=1, model=copy.deepcopy(model)).train()
    assert {'loss_temporal', 'loss_contrast', 'rank_noise'} <= logged(tmp_path)[-1].keys()
    resumed = make_runner(tmp_path / 'more', [hook], epochs=2, model=model)
    resumed.resume(str(tmp_path / 'epoch_1.pth'))
    resumed.train()
    assert resumed.model.target_backbone.n_averaged == 12


def test_healthy_features_are_not_reported(tmp_path):
    make_runner(tmp_path, [CollapseMonitorHook(interval=1, window=8)]).train()
    assert not warnings_in(tmp_path)


def test_the_first_look_survives_a_resume(tmp_path):
    hook = dict(type='CollapseMonitorHook', interval=1, window=12)
    runner = make_runner(tmp_path, [hook], epochs=1)
    runner.train()
    first = runner.message_hub.get_info('collapse_baseline')
    resumed = make_runner(tmp_path / 'more', [hook], epochs=2)
    resumed.resume(str(tmp_path / 'epoch_1.pth'))
    resumed.train()
    assert resumed.message_hub.get_info('collapse_baseline') == first


def test_a_model_without_the_head_is_refused_before_training(tmp_path):
    model = dict(
        type='Recognizer3D',
        backbone=dict(type='ToyBackbone'),
        cls_head=dict(type='I3DHead', num_classes=2, in_channels=8),
    )
    runner = make_runner(tmp_path, [dict(type='CollapseMonitorHook')], model=model)
    with pytest.raises(ValueError, match='Recognizer3D has none: take the hook out'):
        runner.train()


@pytest.mark.parametrize(
    'options', [dict(interval=0), dict(window=1), dict(tolerance=0), dict(tolerance=1)]
)
def test_bad_options_are_refused_when_built(options):
    with pytest.raises(ValueError, match='CollapseMonitorHook needs'):
        CollapseMonitorHook(**options)


def test_unknown_action_is_refused_when_built():
    with pytest.raises(ValueError, match="action must be one of .*got 'halt'"):
        CollapseMonitorHook(action='halt')
    with pytest.raises(ValueError, match="judged must be one of .*got 'size'"):
        CollapseMonitorHook(judged=['rank', 'size'])
