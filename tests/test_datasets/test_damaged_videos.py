"""What becomes of videos that cannot be loaded."""

import numpy as np
import pytest
from mmaction.registry import DATASETS

from stcr_mmaction.datasets.checked_video_dataset import VideoError

PIPELINE = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=1, num_clips=1),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture
def build(tmp_path, make_video):
    """Return a data set of videos 0 to 5, of which some are damaged or too short."""

    def build_from(damaged=(), short=(), **kwargs):
        for number in range(6):
            path = tmp_path / f'{number}.mp4'
            make_video(path, num_frames=2 if number in short else 10)
            if number in damaged:
                path.write_bytes(b'no video')
        lines = [f'{number}.mp4 {number}\n' for number in range(6)]
        (tmp_path / 'ann.txt').write_text(''.join(lines))
        return DATASETS.build(
            dict(
                type='CheckedVideoDataset', ann_file=str(tmp_path / 'ann.txt'),
                data_prefix=dict(video=str(tmp_path)), **{'pipeline': PIPELINE, **kwargs},
            )
        )  # fmt: skip

    return build_from


def labels(dataset):
    return [dataset[i]['data_samples'].gt_label.item() for i in range(len(dataset))]


@pytest.mark.parametrize('test_mode', [False, True])
def test_they_end_the_run_unless_told_otherwise(build, test_mode):
    dataset = build(damaged=[2], test_mode=test_mode)
    with pytest.raises(VideoError, match=r'2\.mp4'):
        dataset[2]


def test_in_training_another_video_is_drawn(build, tmp_path):
    dataset = build(damaged=[2], short=[4], on_error='replace')
    assert all(label in (0, 1, 3, 5) for label in labels(dataset))
    assert 'replaced' not in dataset[0]['data_samples']
    for index, reason in ((2, 'Error'), (4, '2 frames, fewer than the 4')):
        first, *_ = dataset[index]['data_samples'].replaced
        assert first[0] == str(tmp_path / f'{index}.mp4')
        assert reason in first[1]


def test_all_that_failed_is_noted(build, tmp_path):
    dataset = build(damaged=[0, 1, 2, 3], on_error='replace', max_attempts=99)
    for seed in range(20):
        np.random.seed(seed)
        sample = dataset[0]['data_samples']
        if len(sample.replaced) > 1:
            break
    names = [name for name, _ in sample.replaced]
    assert names[0] == str(tmp_path / '0.mp4')
    assert set(names) <= {str(tmp_path / f'{i}.mp4') for i in range(4)}
    assert sample.gt_label.item() in (4, 5)


def test_the_damaged_one_is_noted_where_the_pipeline_skips_another(build, tmp_path):
    """BaseDataset draws the next one itself where a pipeline returns None."""
    dataset = build(damaged=range(1, 5), on_error='replace', max_attempts=99)
    decode = dataset.pipeline
    skipped = str(tmp_path / '0.mp4')
    dataset.pipeline = lambda data: None if data['filename'] == skipped else decode(data)
    damaged = {str(tmp_path / f'{number}.mp4') for number in range(1, 5)}
    for seed in range(5):
        np.random.seed(seed)
        sample = dataset[0]['data_samples']
        for name, reason in sample.metainfo.get('replaced', []):
            assert name in damaged
            assert repr(name) in reason


TUPLES = [
    dict(type='DecordInit'),
    dict(type='SampleClipTuple', clip_len=2, clip_gap=0, too_short='skip'),
    *PIPELINE[-3:],
]


def test_videos_that_the_pipeline_leaves_out_are_noted_apart(build, tmp_path):
    dataset = build(damaged=[2], short=[4], on_error='replace', pipeline=TUPLES)
    sample = dataset[4]['data_samples']
    assert sample.gt_label.item() in (0, 1, 3, 5)
    (name, reason), *_ = sample.skipped
    assert name == str(tmp_path / '4.mp4')
    assert reason.startswith(f'video {name!r} has 2 frames, fewer than the 6 of 3 clips')
    assert all(n == str(tmp_path / '2.mp4') for n, _ in sample.get('replaced', []))
    assert 'skipped' not in dataset[0]['data_samples']


def test_they_are_left_out_whatever_becomes_of_damaged_ones(build):
    assert labels(build(short=[4], pipeline=TUPLES))[4] != 4


def test_any_transform_may_leave_a_video_out(build):
    dataset = build()
    decode = dataset.pipeline
    dataset.pipeline = lambda data: None if '1.mp4' in data['filename'] else decode(data)
    (entry, *_) = dataset[1]['data_samples'].skipped
    assert 'the pipeline skips' in entry[1]
    dataset.test_mode = True
    with pytest.raises(VideoError, match=r'the pipeline skips .*1\.mp4'):
        dataset[1]


def test_a_list_of_videos_that_are_all_left_out_ends_the_run(build, tmp_path):
    dataset = build(short=range(6), pipeline=TUPLES, max_refetch=20)
    with pytest.raises(VideoError, match=r'has 2 frames, fewer than the 6 .*clip_gap of'):
        dataset[0]
    with pytest.raises(VideoError, match=r"21 videos .* from .*ann\.txt', are left out"):
        dataset[0]


def test_without_the_hook_each_is_logged_once(build, monkeypatch):
    logged = []
    monkeypatch.setattr(
        'stcr_mmaction.datasets.checked_video_dataset.print_log',
        lambda message, **options: logged.append(message),
    )
    dataset = build(damaged=[2], short=[4], on_error='replace', pipeline=TUPLES)
    for _ in range(3):
        dataset[2], dataset[4]
    damaged, short = logged
    assert damaged.startswith('replaced by another video: cannot load video')
    assert 'fewer than the 6' in short
    dataset = build(damaged=[2], on_error='replace')
    dataset.log_replaced = False
    dataset[2]
    assert len(logged) == 2


def test_what_is_drawn_instead_follows_the_generator(build):
    dataset = build(damaged=[2], on_error='replace')

    def draw(seed):
        np.random.seed(seed)
        return dataset[2]['data_samples'].gt_label.item()

    drawn = [draw(seed) for seed in range(10)]
    assert drawn == [draw(seed) for seed in range(10)]
    assert len(set(drawn)) > 1


@pytest.mark.parametrize('test_mode, on_error', [(0, 'replace'), (1, 'count_as_wrong')])
def test_a_pipeline_that_never_works_ends_the_run(build, test_mode, on_error):
    dataset = build(
        damaged=range(6), test_mode=bool(test_mode), on_error=on_error, max_attempts=3
    )
    with pytest.raises(VideoError, match='3 videos in a row') as error:
        dataset[0]
    assert str(error.value).count('.mp4') >= 3


def test_a_test_of_damaged_videos_alone_names_the_first(build):
    dataset = build(
        damaged=range(6), test_mode=True, on_error='count_as_wrong', max_attempts=99
    )
    with pytest.raises(VideoError, match=r'none of the 6 videos can be loaded.*2\.mp4'):
        dataset[2]


def test_in_a_test_it_is_a_sample_that_nothing_can_get_right(build):
    dataset = build(damaged=[2, 5], test_mode=True, on_error='count_as_wrong')
    assert labels(dataset) == [0, 1, -1, 3, 4, -1]
    for index in (2, 5):
        sample = dataset[index]['data_samples']
        assert sample.damaged_label == index
        assert f'{index}.mp4' in sample.damaged
    assert 'damaged' not in dataset[0]['data_samples']


@pytest.mark.parametrize(
    'options, message',
    [
        (
            dict(on_error='skip'),
            "'raise' or, with test_mode=False, 'replace'; got 'skip'",
        ),
        (dict(on_error='count_as_wrong'), 'test_mode=False'),
        (dict(on_error='replace', test_mode=True), "'count_as_wrong'; got 'replace'"),
        (dict(max_attempts=0), 'max_attempts must be 1 or more'),
        (
            dict(
                on_error='count_as_wrong', test_mode=True, multi_class=True, num_classes=6
            ),
            'one label a video',
        ),
    ],
)
def test_bad_options_are_refused_when_built(build, options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
