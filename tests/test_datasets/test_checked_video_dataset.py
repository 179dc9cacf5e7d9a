"""What bad annotation files and bad videos get."""

import os

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS

from stcr_mmaction.datasets.checked_video_dataset import VideoError

SUFFIXES = ('.mp4', '.mov', '.avi')
PIPELINE = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture
def build(tmp_path, video):
    def build_from(text, **kwargs):
        ann_file = tmp_path / 'ann.txt'
        ann_file.write_text(text)
        config = dict(
            type='CheckedVideoDataset',
            ann_file=str(ann_file),
            data_prefix=dict(video=str(tmp_path)),
            pipeline=PIPELINE,
        )
        return DATASETS.build({**config, **kwargs})

    return build_from


def test_good_entries_are_those_of_the_stock_dataset(build):
    text = 'video.mp4 0\nvideo.mp4 2\n'
    checked = build(text, num_classes=3)
    stock = build(text, type='VideoDataset')
    assert len(checked) == len(stock) == 2
    for index in range(2):
        assert checked.get_data_info(index) == stock.get_data_info(index)
        np.random.seed(index)
        ours = checked[index]['inputs']
        np.random.seed(index)
        assert torch.equal(ours, stock[index]['inputs'])


def test_unlabeled_videos_and_blank_lines(build):
    dataset = build('video.mp4\n\n')
    assert [dataset.get_data_info(i)['label'] for i in range(len(dataset))] == [-1]


def test_paths_with_spaces(build, make_video, tmp_path):
    make_video(tmp_path / 'a class' / 'one video; of it.mp4')
    dataset = build('a class/one video; of it.mp4 1\n')
    assert dataset[0]['data_samples'].gt_label.item() == 1


def test_an_unlabeled_path_with_spaces(build, make_video, tmp_path):
    make_video(tmp_path / 'my first clip.mp4')
    dataset = build('my first clip.mp4\nvideo.mp4 1\n')
    assert [dataset.get_data_info(i)['label'] for i in (0, 1)] == [-1, 1]
    assert dataset[0]['data_samples'].video == str(tmp_path / 'my first clip.mp4')


def test_a_typo_for_a_label_is_told_where_the_path_is_missing(build):
    with pytest.raises(FileNotFoundError, match=r"'one' behind 'video.mp4' meant as a l"):
        build('video.mp4 0\nvideo.mp4 one\n')
    with pytest.raises(FileNotFoundError) as caught:
        build('gone video.mp4 0\n')
    assert 'meant as a label' not in str(caught.value)


@pytest.mark.parametrize(
    ('text', 'kwargs', 'message'),
    [
        ('video.mp4 0\nvideo.mp4 x\n', dict(num_classes=3), r':2: expected "path label"'),
        ('video.mp4 0 1.5\n', dict(check_files=False), r'ann\.txt:1: expected'),
        ('video.mp4 3\n', dict(num_classes=3), r'ann\.txt:1: label 3 .* 0 to 2'),
        ('video.mp4 -1\n', dict(num_classes=3), r'ann\.txt:1: label -1'),
        ('video.mp4\n', dict(num_classes=3), r'ann\.txt:1: label -1'),
        ('video.mp4 -2\n', {}, r'ann\.txt:1: label -2 .* 0 or above'),
        ('', {}, r'ann\.txt.* lists no video'),
        ('\n \n', {}, r'ann\.txt.* lists no video'),
    ],
)
def test_bad_lines_are_named_when_the_dataset_is_built(build, text, kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(text, **kwargs)


def test_missing_files_are_named_when_the_dataset_is_built(build):
    with pytest.raises(FileNotFoundError, match=r'1 of 2 videos .*gone\.mp4'):
        build('video.mp4 0\ngone.mp4 0\n')
    with pytest.raises(FileNotFoundError, match=r"annotation file 'no/such\.txt'"):
        build('', ann_file='no/such.txt')


def test_a_missing_file_is_found_by_its_item_if_files_are_not_checked(build):
    dataset = build('gone.mp4 0\n', check_files=False)
    with pytest.raises(VideoError, match=r'gone\.mp4'):
        dataset[0]


@pytest.mark.parametrize('content', [b'', b'no video at all', bytes(range(256)) * 40])
def test_undecodable_videos_are_named(build, tmp_path, content):
    (tmp_path / 'bad.mp4').write_bytes(content)
    dataset = build('bad.mp4 0\n')
    with pytest.raises(VideoError, match=r"cannot load video '.*bad\.mp4'"):
        dataset[0]


def test_a_damaged_real_video_is_named(build, tmp_path, real_data):
    source = min((real_data / 'surv_fight').rglob('*.mp4'))
    content = bytearray(source.read_bytes())
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(content), len(content) // 4):
        content[place] ^= 255
    (tmp_path / 'damaged.mp4').write_bytes(content)
    with pytest.raises(VideoError, match=r'damaged\.mp4'):
        build('damaged.mp4 0\n')[0]


def test_a_gallery_is_marked_in_a_concatenation(build):
    parts = [build('video.mp4 0\n', gallery=True), build('video.mp4 1\nvideo.mp4 2\n')]
    dataset = DATASETS.build(dict(type='ConcatDataset', datasets=parts))
    samples = [dataset[index]['data_samples'] for index in range(len(dataset))]
    marks = {s.gt_label.item(): s.metainfo.get('gallery', False) for s in samples}
    assert marks == {0: True, 1: False, 2: False}


SHORT = [
    dict(
        type='SampleFrames',
        clip_len=4,
        frame_interval=2,
        out_of_bound_opt='repeat_last',
    ),
    dict(type='CheckVideoLength', min_frames=2),
]
UNUSABLE = {
    'audio_only.mp4',
    'bitrot_mid.mp4',
    'frames_0.avi',
    'frames_0.mp4',
    'frames_1.mp4',
    'not_a_video.mp4',
    'trunc_25pct.mp4',
    'trunc_95pct.mp4',
    'zero_byte.mp4',
}
DAMAGED_IN_PLACES = {'corrupted.mp4'}  # the frames that are drawn decide


def test_odd_real_files_give_a_sample_or_an_error_that_names_them(build, real_data):
    paths = sorted(
        p for p in (real_data / 'odd_inputs').glob('*/*') if p.suffix in SUFFIXES
    )
    assert {path.name for path in paths} >= UNUSABLE
    pipeline = [PIPELINE[0], *SHORT, *PIPELINE[2:]]
    dataset = build(''.join(f'{p} 0\n' for p in paths), pipeline=pipeline)
    refused = set()
    for index, path in enumerate(paths):
        try:
            assert dataset[index]['inputs'].shape[:3] == (1, 3, 4)
        except VideoError as error:
            assert repr(str(path)) in str(error)
            refused.add(path.name)
    assert refused - DAMAGED_IN_PLACES == UNUSABLE


def many_videos(counts=(40, 7, 1)):
    return [f'{c}/{n}.mp4 {c}\n' for c, many in enumerate(counts) for n in range(many)]


def read_labels(dataset, root='videos'):
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    return {os.path.relpath(info['filename'], root): info['label'] for info in infos}


@pytest.fixture
def read_fraction(build):
    def read_from(lines, root='videos', **kwargs):
        options = dict(check_files=False, data_prefix=dict(video=root), **kwargs)
        return read_labels(build(''.join(lines), **options), root)

    return read_from


@pytest.mark.parametrize(
    ('fraction', 'kept'), [(0.1, (4, 1, 1)), (0.5, (20, 4, 1)), (1, (40, 7, 1))]
)
def test_a_fraction_of_each_class_is_labeled(read_fraction, fraction, kept):
    whole = read_fraction(many_videos())
    labels = read_fraction(many_videos(), labeled_fraction=fraction, num_classes=3)
    assert labels.keys() == whole.keys()
    assert tuple(list(labels.values()).count(c) for c in range(3)) == kept
    assert all(label in (-1, whole[name]) for name, label in labels.items())


def test_videos_without_a_label_can_be_left_out(read_fraction):
    labels = read_fraction(many_videos(), labeled_fraction=0.1)
    labels = {name: label for name, label in labels.items() if label != -1}
    chosen = dict(labeled_only=True)
    assert read_fraction(many_videos(), labeled_fraction=0.1, **chosen) == labels
    assert len(read_fraction(['a.mp4 0\n', 'b.mp4\n'], **chosen)) == 1
    with pytest.raises(ValueError, match='labeled_only=True, but no video in .* label'):
        read_fraction(['b.mp4\n'], **chosen)


def test_which_ones_depends_on_the_seed_and_the_names_alone(read_fraction):
    chosen = dict(labeled_fraction=0.2)
    first = read_fraction(many_videos(), **chosen)
    assert read_fraction(many_videos()[::-1], root='/elsewhere', **chosen) == first
    others = [
        read_fraction(many_videos(), labeled_seed=seed, **chosen) for seed in range(1, 4)
    ]
    assert all(other != first for other in others)
    larger = read_fraction(many_videos(), labeled_fraction=0.3)
    assert {n for n, c in first.items() if c >= 0} < {
        n for n, c in larger.items() if c >= 0
    }


def test_a_video_that_is_listed_twice_is_labeled_twice_or_not_at_all(build):
    text = ''.join(2 * many_videos((10, 10)))
    dataset = build(text, check_files=False, labeled_fraction=0.3)
    labels = [dataset.get_data_info(index)['label'] for index in range(len(dataset))]
    assert labels[:20] == labels[20:]
    assert sorted(labels[:20]) == [-1] * 14 + [0] * 3 + [1] * 3


def test_samples_say_on_the_cpu_whether_they_are_labeled(build):
    dataset = build('video.mp4 1\nvideo.mp4\n')
    samples = [dataset[index]['data_samples'] for index in range(2)]
    assert [sample.metainfo['labeled'] for sample in samples] == [True, False]
    assert [sample.gt_label.item() for sample in samples] == [1, -1]


def test_videos_of_several_labels_are_labeled(build):
    dataset = build('video.mp4 0 2\n', multi_class=True, num_classes=3)
    sample = dataset[0]['data_samples']
    assert sample.gt_label.tolist() == [1, 0, 1]
    assert sample.metainfo['labeled'] is True


def test_of_videos_of_several_labels_none_is_left_out(build):
    with pytest.raises(ValueError, match='labeled_only is for one label a video'):
        build('video.mp4 0\n', multi_class=True, num_classes=3, labeled_only=True)


@pytest.mark.parametrize(
    ('text', 'options', 'message'),
    [
        ('video.mp4 0\n', dict(labeled_fraction=0), 'above 0 and at most 1, got 0'),
        ('video.mp4 0\n', dict(labeled_fraction=1.5), 'above 0 and at most 1, got 1.5'),
        ('video.mp4 0\n', dict(test_mode=True), r'ann\.txt.* test_mode=True'),
        (
            'video.mp4 0 1\n',
            dict(multi_class=True, num_classes=2),
            'multi_class=True',
        ),
        ('video.mp4\n', {}, r'of the labels in .*ann\.txt.*, but it has none'),
    ],
)
def test_a_fraction_that_cannot_be_is_refused(build, text, options, message):
    with pytest.raises(ValueError, match=message):
        build(text, **{'labeled_fraction': 0.5, **options})


@pytest.mark.parametrize(
    'old, value',
    [('labelled_fraction', 0.5), ('labelled_seed', 1), ('labelled_only', True)],
)
def test_old_option_names_are_refused(build, old, value):
    with pytest.raises(ValueError, match=f'{old} is now called labeled_'):
        build('video.mp4 0\nvideo.mp4 2\n', num_classes=3, **{old: value})
