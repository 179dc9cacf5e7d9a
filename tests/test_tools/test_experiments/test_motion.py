"""Laws of the rendered motion data set."""

import subprocess
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

decord = pytest.importorskip('decord')

from tests.conftest import call_tool  # noqa: E402
from tools.experiments.motion import render, scene  # noqa: E402
from tools.experiments.motion.motions import MOTIONS, Motion  # noqa: E402

LABELS = range(len(render.CLASSES))
SHIFTING = [name for name in MOTIONS if name not in ('approach', 'recede', 'pulse')]
WINDOW = slice(4, 35)
"""What a clip of 16 frames, every second one, sees."""
SMALL = '--train-per-class 2 --val-per-class 1 --test-per-class 1 --labels-per-class 1 2'
SMALL = SMALL.split()


def decode(path: Path) -> np.ndarray:
    reader = decord.VideoReader(str(path), num_threads=1)
    return reader.get_batch(range(len(reader))).asnumpy()


def run_tool(*args: object) -> subprocess.CompletedProcess:
    return call_tool(render.main, *args)


@pytest.fixture(scope='module')
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp('motion')
    done = run_tool('--out', out, *SMALL)
    assert done.returncode == 0, done.stderr
    return out


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_annotation_files_name_the_videos_once_and_with_their_label(small):
    parts = [f'motion_{split}_videos.txt' for split in ('train', 'val', 'test')]
    listed = [line for part in parts for line in lines(small / part)]
    named = [line.split()[0] for line in listed]
    files = [str(p.relative_to(small / 'videos')) for p in small.rglob('*.mp4')]
    assert sorted(named) == sorted(files)
    classes = lines(small / 'label_map.txt')
    assert classes == list(MOTIONS)
    for line in listed:
        name, label = line.split()
        assert name.split('/')[0] == classes[int(label)]


@pytest.mark.parametrize('per_class', [1, 2])
def test_few_label_list_is_a_balanced_part_of_the_training_list(small, per_class):
    few = lines(small / f'motion_train_{per_class}_per_class_videos.txt')
    assert set(few) <= set(lines(small / 'motion_train_videos.txt'))
    assert len(set(few)) == len(few)
    counts = np.bincount([int(line.split()[1]) for line in few])
    assert counts.tolist() == [per_class] * len(MOTIONS)


def test_files_decode_to_what_was_rendered(small):
    for label, name in enumerate(render.CLASSES):
        path = small / 'videos' / render.video_name('train', label, 1)
        frames = decode(path)
        wanted = render.render_video(0, 'train', label, 1)
        assert frames.shape == wanted.shape == (40, 64, 86, 3), name
        error = np.abs(frames.mean(axis=-1) - wanted.mean(axis=-1)).mean()
        assert error < 5, f'{name}: coded frames are {error:.1f} gray levels off'


def test_same_seed_gives_the_same_bytes_and_order_does_not_matter(small, tmp_path):
    one, two = (render.video_name('train', 3, index) for index in (0, 1))
    for name in (two, one):
        render._render_file(tmp_path / name, seed=0, num_frames=40, height=64, width=86)
        assert (tmp_path / name).read_bytes() == (small / 'videos' / name).read_bytes()


def test_videos_differ_in_seed_split_class_and_index():
    base = dict(seed=0, split='train', label=1, index=0)
    others = [dict(seed=1), dict(split='test'), dict(label=2), dict(index=1)]
    draw = partial(render.render_video, num_frames=2)
    frames = [draw(**base), *(draw(**{**base, **other}) for other in others)]
    for i, first in enumerate(frames):
        for second in frames[:i]:
            assert np.abs(first.astype(int) - second).mean() > 5


def test_rendering_goes_on_where_it_stopped(small):
    kept, lost = (small / 'videos' / render.video_name('test', c, 0) for c in (0, 1))
    before, content = kept.stat().st_mtime_ns, lost.read_bytes()
    lost.unlink()
    done = run_tool('--out', small, *SMALL)
    assert '1 videos rendered' in done.stdout, done.stderr
    assert kept.stat().st_mtime_ns == before
    assert lost.read_bytes() == content


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['--height', 63], '--height: must be even and at least 16, got 63'),
        (['--frames', 0], '--frames must be at least 1, got 0'),
        (['--val-per-class', 0], '--val-per-class must be at least 1, got 0'),
        (['--bias', 1.5], '--bias must be between 0 and 1, got 1.5'),
        (['--fps', 0], '--fps must be above 0, got 0'),
        (['--seed', -1], '--seed must not be negative, got -1'),
        (['--labels-per-class', 99], '--labels-per-class 99 must be between 1 and'),
        (['--out', __file__], 'is a file, not a folder'),
    ],
)
def test_bad_arguments_are_refused(args, message):
    done = run_tool('--out', '/nonexistent', *args)
    assert done.returncode == 2
    assert message in done.stderr


def test_half_the_frames_a_second_show_the_same_motion():
    for label in LABELS:
        whole, half = (
            render.draw_motion(label, frames, np.random.default_rng(5), fps)
            for frames, fps in ((32, 25.0), (16, 12.5))
        )
        np.testing.assert_allclose(half.shift, whole.shift[::2], err_msg=str(label))
        np.testing.assert_allclose(half.growth, whole.growth[::2], err_msg=str(label))


def test_frames_a_second_are_a_setting(small):
    done = run_tool('--out', small, *SMALL, '--fps', 12.5)
    assert done.returncode == 1 and 'made with other settings' in done.stderr


def test_settings_are_not_mixed_in_one_folder(small):
    done = run_tool('--out', small, '--seed', 5)
    assert done.returncode == 1
    assert 'made with other settings' in done.stderr
    assert 'Traceback' not in done.stderr


@cache
def truth(label: int, index: int) -> tuple[np.ndarray, np.ndarray, Motion]:
    """Centers and depths of one video's objects, and its motion."""
    motion_rng, rng = render.video_generators(0, 'train', label, index)
    motion = render.draw_motion(label, 40, motion_rng)
    scene.draw_background(rng, 64, 86)
    return *scene.place(scene.draw_objects(rng), motion, 64, 86), motion


@pytest.mark.parametrize('label', LABELS, ids=render.CLASSES)
def test_places_and_sizes_at_any_time_are_uniform_in_every_class(label):
    margin = scene.LARGEST * 64
    draws = [truth(label, index)[:2] for index in range(100)]
    for time in (0, 20, 39):
        x, y = np.concatenate([centers[time] for centers, _ in draws]).T
        depth = np.concatenate([depths[time] for _, depths in draws])
        for values, low, high in (
            (x, -margin, 86 + margin),
            (y, -margin, 64 + margin),
            (depth, 0.0, 1.0),
        ):
            assert kstest((values - low) / (high - low), 'uniform').pvalue > 1e-3


def middle_thumbnail(split: str, label: int, index: int, bias: float) -> np.ndarray:
    motion_rng, rng = render.video_generators(0, split, label, index)
    motion = render.draw_motion(label, 40, motion_rng)
    style = render.draw_style(split, label, bias, rng)
    background = scene.draw_background(rng, 64, 86, style)
    at_middle = Motion(motion.shift[20:21], motion.growth[20:21])
    objects = scene.draw_objects(rng, style)
    frame = scene.draw_frames(background, objects, at_middle, rng)[0]
    return frame[::4, ::4].reshape(-1) / 255


def thumbnails(count: int, split: str, bias: float, first: int = 0) -> np.ndarray:
    """(classes * count, D), class by class."""
    numbers = range(first, first + count)
    return np.stack(
        [middle_thumbnail(split, c, i, bias) for c in LABELS for i in numbers]
    )


def accuracy_bound(count: int) -> float:
    """What guessing stays below, by three standard deviations."""
    chance = 1 / len(MOTIONS)
    return chance + 3 * np.sqrt(chance * (1 - chance) / count)


def nearest_neighbor(x: np.ndarray, y: np.ndarray, queries: np.ndarray) -> np.ndarray:
    similarity = queries @ x.T - 0.5 * (x**2).sum(axis=1)
    return y[similarity.argmax(axis=1)]


def ridge(x: np.ndarray, y: np.ndarray, queries: np.ndarray) -> np.ndarray:
    mean = x.mean(axis=0)
    kernel = (x - mean) @ (x - mean).T
    target = np.eye(len(MOTIONS))[y] - 1 / len(MOTIONS)
    alpha = np.linalg.solve(kernel + 10 * np.eye(len(x)), target)
    return ((queries - mean) @ (x - mean).T @ alpha).argmax(axis=1)


def test_a_single_frame_does_not_tell_the_class():
    train, test = thumbnails(60, 'train', 0.0), thumbnails(50, 'test', 0.0)
    for classify in (nearest_neighbor, ridge):
        guesses = classify(train, np.repeat(LABELS, 60), test)
        accuracy = (guesses == np.repeat(LABELS, 50)).mean()
        assert accuracy < accuracy_bound(len(test)), classify


def test_with_a_bias_looks_tell_the_class_in_training_and_mislead_in_the_test():
    def colors(split: str, first: int) -> np.ndarray:
        pixels = thumbnails(20, split, 0.9, first).reshape(-1, 16 * 22, 3)
        return np.median(pixels, axis=1)

    means = colors('train', 0).reshape(len(LABELS), -1, 3).mean(axis=1)
    for split, first, tells in (
        ('train', 20, True),
        ('val', 0, False),
        ('test', 0, False),
    ):
        guesses = nearest_neighbor(means, np.array(LABELS), colors(split, first))
        accuracy = (guesses == np.repeat(LABELS, 20)).mean()
        assert (accuracy > accuracy_bound(len(guesses))) == tells, (split, accuracy)


def motion_features(motion: Motion) -> np.ndarray:
    """Describe the velocity that a clip sees; no trace of the start is left."""
    x, y = np.diff(motion.shift[WINDOW], axis=0).T
    growth = np.diff(motion.growth[WINDOW])
    spectrum = np.abs(np.fft.rfft([x, y], n=32))
    turns = (spectrum * np.arange(17)).sum() / (spectrum.sum() + 1e-9)
    return np.array(
        [
            50 * y.mean(),
            200 * growth.mean(),
            50 * np.sqrt((x**2).mean()),
            50 * np.sqrt((y**2).mean()),
            turns / 3,
        ]
    )


def test_the_motion_of_one_clip_tells_the_class():
    features, labels = (
        np.array(values)
        for values in zip(
            *((motion_features(truth(c, i)[2]), c) for c in LABELS for i in range(60)),
            strict=True,
        )
    )
    train = np.arange(len(labels)) % 2 == 0
    guesses = nearest_neighbor(features[train], labels[train], features[~train])
    assert (guesses == labels[~train]).mean() > 0.9


def measured_velocity(frames: np.ndarray) -> np.ndarray:
    """Least-squares optical flow, one velocity for each pair of frames."""
    gray = frames.mean(axis=-1)
    middle = (gray[1:] + gray[:-1]) / 2
    dy, dx = np.gradient(middle, axis=(1, 2))
    dt = np.diff(gray, axis=0)
    flow = [
        np.linalg.lstsq(np.stack([a.ravel(), b.ravel()], 1), -c.ravel(), rcond=None)[0]
        for a, b, c in zip(dx, dy, dt, strict=True)
    ]
    return np.array(flow)


@pytest.mark.parametrize('name', SHIFTING)
def test_pixels_move_as_the_motion_says(name):
    label = render.CLASSES.index(name)
    told = np.diff(truth(label, 0)[2].shift, axis=0)
    seen = measured_velocity(render.render_video(0, 'train', label, 0))
    cosine = (told * seen).sum() / np.linalg.norm(told) / np.linalg.norm(seen)
    assert cosine > 0.6


@pytest.mark.parametrize('sign', [1, -1])
def test_objects_grow_on_the_picture(sign):
    t = np.linspace(0, sign * 0.4, 12)
    one = scene.Objects(
        start=np.array([[0.5, 0.5]]),
        depth=np.array([0.5 - sign * 0.2]),
        outlines=[scene.SHAPES['ball']],
        colors=np.full((1, 3), 200.0),
    )
    black = np.zeros((64, 86, 3), np.uint8)
    motion = Motion(np.zeros((12, 2)), t)
    frames = scene.draw_frames(black, one, motion, np.random.default_rng(0))
    area = (frames.max(axis=-1) > 40).sum(axis=(1, 2))
    assert (sign * np.diff(area) > 0).all()
