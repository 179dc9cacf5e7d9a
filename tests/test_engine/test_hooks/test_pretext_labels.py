"""The hook that brings pretext head and train pipeline together."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.dataset import Compose

from stcr_mmaction.engine.hooks.pretext_labels import check_pipeline, find_pipelines

from ..small_runs import Views, make_runner

HEADS = dict(
    order=dict(type='ClipOrderHead', in_channels=8),
    verification=dict(type='ClipVerificationHead', in_channels=8),
    frames=dict(type='FrameVerificationHead', in_channels=8),
    arrow=dict(type='ArrowOfTimeHead', in_channels=8),
    code=dict(type='TransformCodeHead', in_channels=8),
    rotation=dict(type='TransformCodeHead', in_channels=8, target='rotation'),
)
SHUFFLE = dict(type='ShuffleClips')
VERIFY = dict(type='ShuffleClips', task='verification')
FRAMES = dict(type='ShuffleFrames')


def stt(*codes):
    return dict(type='SpatioTemporalTransform', codes=codes or range(16))


def paths(*noise):
    return dict(type='SiamesePaths', clean=[], noise=list(noise))


def pack(*keys):
    return dict(type='PackActionInputs', meta_keys=('transform_codes', *keys))


def check(head, *steps):
    pipeline = [TRANSFORMS.build(step) for step in steps]
    check_pipeline(MODELS.build(HEADS[head]), pipeline)


@pytest.mark.parametrize(
    ('head', 'steps'),
    [
        ('order', [SHUFFLE, pack('clip_order')]),
        ('order', [SHUFFLE, stt(0, 1, 7), pack('clip_order')]),
        ('order', [SHUFFLE, paths(stt()), pack('clip_order')]),
        ('verification', [VERIFY, paths(stt()), pack('clips_in_order')]),
        ('frames', [FRAMES, paths(stt()), pack('frames_in_order')]),
        ('arrow', [stt(0, 8), pack()]),
        ('arrow', [paths(stt()), pack()]),
        ('code', [paths(stt(0, 2, 4, 6)), pack()]),
        ('rotation', [stt(0, 1, 2, 3), pack()]),
    ],
)
def test_pipelines_that_fit_pass(head, steps):
    check(head, *steps)


@pytest.mark.parametrize(
    ('head', 'steps', 'message'),
    [
        ('order', [pack('clip_order')], "draws 'clip_order', which ClipOrderHead"),
        ('order', [VERIFY, pack('clip_order')], r"put ShuffleClips\(task='order'\) into"),
        (
            'order',
            [dict(SHUFFLE, num_clips=4), pack('clip_order')],
            'predicts 6 classes',
        ),
        ('order', [SHUFFLE, pack()], r'list it in PackActionInputs\(meta_keys'),
        ('order', [SHUFFLE, stt(), pack('clip_order')], 'temporal flips .* invert: put'),
        ('frames', [stt(8), FRAMES, pack('frames_in_order')], 'temporal flips'),
        ('arrow', [paths(), pack()], "no transform .* draws 'transform_codes'"),
        ('arrow', [paths(stt(0, 4)), pack()], r'which are of the classes \[0\]'),
        ('rotation', [stt(0, 8), pack()], r'which are of the classes \[0\]'),
        ('code', [stt(3), pack()], r'classes \[3\]'),
    ],
)
def test_pipelines_without_labels_to_learn_are_refused(head, steps, message):
    with pytest.raises(ValueError, match=message):
        check(head, *steps)


def test_a_blending_may_draw_the_labels():
    class Blending:
        codes = range(16)

    head = MODELS.build(HEADS['arrow'])
    pipeline = [TRANSFORMS.build(dict(type='PackActionInputs'))]
    check_pipeline(head, pipeline, Blending())
    with pytest.raises(ValueError, match='no transform'):
        check_pipeline(head, pipeline)


@pytest.mark.parametrize(
    ('codes', 'message'), [(range(16), None), ((0, 4), r'which are of the classes \[0\]')]
)
def test_the_paths_of_a_blending_draw_the_labels(codes, message):
    lists = dict(clean=[], noise=[dict(type='IntraVideoMixup'), stt(*codes)])
    blending = MODELS.build(dict(type='SiameseBlending', **lists))
    pipeline = [TRANSFORMS.build(dict(type='PackActionInputs'))]
    wrong = pytest.raises(ValueError, match=message) if message else nullcontext()
    with wrong:
        check_pipeline(MODELS.build(HEADS['arrow']), pipeline, blending)


class PipedViews(Views):
    """Made without a pipeline, but there is one to look at."""

    def __init__(self, *steps):
        super().__init__()
        self.pipeline = Compose([TRANSFORMS.build(step) for step in steps])


def test_pipelines_are_found_in_wrappers():
    repeated, other = PipedViews(FRAMES), PipedViews(SHUFFLE, pack())
    wrapper = SimpleNamespace(datasets=[SimpleNamespace(dataset=repeated), other])
    found = list(find_pipelines(wrapper))
    assert found == [dataset.pipeline.transforms for dataset in (repeated, other)]
    assert list(find_pipelines(Views())) == []


def model(head):
    return dict(
        type='STCR',
        backbone=dict(type='ToyBackbone'),
        consistency_head=dict(type='STCRHead', in_channels=8, temporal_size=2),
        pretext_head=head,
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )


def test_it_stops_a_run_before_the_first_step(tmp_path):
    hooks = [dict(type='PretextLabelsHook')]
    bad, good = (PipedViews(paths(stt(0, last)), pack()) for last in (4, 8))
    for name in ('bad', 'good', 'none'):
        (tmp_path / name).mkdir()
    arrow = model(HEADS['arrow'])
    runner = make_runner(tmp_path / 'bad', hooks, bad, model=arrow)
    with pytest.raises(ValueError, match='SpatioTemporalTransform draws'):
        runner.train()
    assert runner.iter == 0
    make_runner(tmp_path / 'good', hooks, good, epochs=1, model=arrow).train()
    make_runner(tmp_path / 'none', hooks, bad, epochs=1, model=model(None)).train()
