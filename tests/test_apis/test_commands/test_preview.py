"""Pictures and films of what a network is fed."""

import av
import cv2
import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from stcr_mmaction.apis.commands.preview import preview
from stcr_mmaction.apis.train_samples import draw_rows, name_clips, take_samples
from stcr_mmaction.functional import intra_video_mixup

from ...conftest import write_video

LENGTH, SIDE = 8, 32
HERE = '{{ fileDirname }}'


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """A run whose paths are made behind the data preprocessor, by the recipe."""
    folder = tmp_path_factory.mktemp('run')
    for number in range(3):
        write_video(folder / f'{number}.mp4', num_frames=24, seed=number)
    (folder / 'videos.txt').write_text('0.mp4\n1.mp4\n2.mp4\n')
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=LENGTH, frame_interval=2),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(40, 36), keep_ratio=False),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    dataset = dict(
        type='CheckedVideoDataset', ann_file=f'{HERE}/videos.txt',
        data_prefix=dict(video=HERE), pipeline=steps,
    )  # fmt: skip
    model = dict(
        type='STCR', recipe='paper', clip_shape=(LENGTH, SIDE, SIDE),
        backbone=dict(type='VCOPR3D', base_channels=1),
        data_preprocessor=dict(
            type='ActionDataPreprocessor', mean=[110.0, 100.0, 95.0],
            std=[58.0, 56.0, 55.0], format_shape='NCTHW',
        ),
    )  # fmt: skip
    text = Config(dict(model=model, train_dataloader=dict(dataset=dataset))).pretty_text
    (folder / 'config.py').write_text(text)
    return folder


def test_the_noise_path_is_the_clip_with_the_share_that_the_label_tells():
    clip = 255 * torch.rand(3, LENGTH, 4, 4)
    weight, frame = 0.25, 3
    mixed = intra_video_mixup(clip[None], torch.tensor([frame]), torch.tensor([weight]))
    drawn = dict(transform_codes=[0], mixup_weights=[weight], mixup_frames=[frame])
    sample = ActionDataSample(metainfo=drawn)
    clean, noise = name_clips(torch.stack([clip, mixed[0]]), sample)
    assert clean.name == 'clean path'
    assert 'λ = 0.25: 25% of each frame\nis the still frame t = 3' in noise.name
    still = noise.pixels[:, frame]  # it mixed with itself
    torch.testing.assert_close(noise.pixels, 0.75 * clip + 0.25 * still[:, None])


def test_a_transformation_is_put_in_words():
    sample = ActionDataSample(metainfo=dict(transform_codes=[8 + 4 + 1, 0]))
    names = [clip.name for clip in name_clips(torch.zeros(4, 3, 1, 2, 2), sample)]
    assert names[:2] == ['clean path 1', 'clean path 2']
    assert names[2] == 'noise path\nbackward, mirrored, turned by 90°'
    assert names[3] == 'noise path'  # nothing was drawn: nothing is told


def test_clips_of_one_path_are_numbered():
    clips = name_clips(torch.zeros(2, 3, 1, 2, 2), ActionDataSample())
    assert [clip.name for clip in clips] == ['clip 1', 'clip 2']


def test_the_clips_are_gray_levels_of_the_paths_that_the_recipe_makes(run):
    config = Config.fromfile(run / 'config.py')
    pictures, samples = take_samples(config, 2)
    assert [clips.shape for clips in pictures] == [(2, 3, LENGTH, SIDE, SIDE)] * 2
    for clips, sample in zip(pictures, samples, strict=True):
        assert 'mixup_weights' in sample.metainfo
        clean = clips[0]
        assert -20 < clean.min() < 120 and 200 < clean.max() < 275  # not normalized
    again, _ = take_samples(config, 2)
    other, _ = take_samples(config, 2, seed=1)
    assert torch.equal(torch.stack(again), torch.stack(pictures))
    assert not torch.equal(torch.stack(other), torch.stack(pictures))


def test_small_clips_are_shown_at_112_pixels_or_more(run):
    pictures, samples = take_samples(Config.fromfile(run / 'config.py'), 1)
    figure = draw_rows(name_clips(pictures[0], samples[0]))
    figure.draw_without_rendering()
    sizes = [panel.get_window_extent().size for panel in figure.axes]
    assert np.min(sizes) >= 112


def test_a_picture(run, tmp_path):
    preview(run, tmp_path / 'new' / 'preview.png', samples=1)
    assert cv2.imread(str(tmp_path / 'new' / 'preview.png')).std() > 5
    assert len(list((tmp_path / 'new').iterdir())) == 1


def test_a_film_in_which_the_clips_move(run, tmp_path):
    preview(run / 'config.py', tmp_path / 'preview.mp4', samples=2)
    with av.open(str(tmp_path / 'preview.mp4')) as file:
        film = [frame.to_ndarray(format='rgb24') for frame in file.decode(video=0)]
    assert len(film) == LENGTH
    assert film[0].shape[0] > 2 * 112 and film[0].shape[1] > 2 * 112
    assert np.abs(film[0].astype(int) - film[-1]).mean() > 1


def test_what_cannot_be_is_said(run, tmp_path):
    with pytest.raises(ValueError, match=r'preview\.gif must end in \.png or \.mp4'):
        preview(run, tmp_path / 'preview.gif')
    with pytest.raises(FileNotFoundError, match='give the folder of a run, or a config'):
        preview(tmp_path, tmp_path / 'preview.png')
    with pytest.raises(ValueError, match='samples must be 1 or more, got 0'):
        preview(run, tmp_path / 'preview.png', samples=0)
    (tmp_path / 'config.py').write_text('model = dict()\n')
    with pytest.raises(ValueError, match='no train_dataloader'):
        preview(tmp_path, tmp_path / 'preview.png')
