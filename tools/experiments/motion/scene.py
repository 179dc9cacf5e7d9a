"""The appearance of a rendered video, drawn at random, independent of its motion.

A scene has a clear *up*: sky above ground, things on the horizon, upright grass, and
objects lit from above. Objects move freely in front of it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from .motions import Motion

SMALLEST, LARGEST = 0.07, 0.22
"""Range of the objects' radii in view heights."""
OBJECT_COLORS = 190, 255
BACKGROUND_COLORS = 60, 100
"""Objects are lighter; the ranges overlap with light and shade."""
SUBPIXEL_BITS = 4


def _polygon(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=np.float64)


def _ring(corners: int, radii: tuple[float, ...] = (1.0,)) -> np.ndarray:
    angle = 2 * np.pi * np.arange(corners) / corners - np.pi / 2
    radius = np.resize(radii, corners)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


SHAPES = {
    'ball': _ring(24),
    'box': _polygon((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    'tree': _polygon((0, -1), (0.9, 0.6), (0.2, 0.6), (0.2, 1), (-0.2, 1), (-0.2, 0.6),
                     (-0.9, 0.6)),
    'house': _polygon((0, -1), (0.9, -0.2), (0.9, 0.9), (-0.9, 0.9), (-0.9, -0.2)),
    'diamond': _ring(4),
    'star': _ring(10, (1.0, 0.5)),
}  # fmt: skip
"""Outlines in a box of -1..1, y pointing down."""


@dataclass(frozen=True)
class Style:
    """What videos of one style have in common.

    Attributes:
        tint (np.ndarray): (3,), added to the colors of the background.
        outline (str): On average, half of the objects have this shape; one of ``SHAPES``.
        light (np.ndarray): (3,), added to the colors of the objects.
    """

    tint: np.ndarray
    outline: str
    light: np.ndarray


def make_style(number: int) -> Style:
    """Make a style; the same number gives the same style."""
    rng = np.random.default_rng([number, 2008])
    return Style(
        tint=rng.uniform(-25, 25, 3),
        outline=list(SHAPES)[number % len(SHAPES)],
        light=rng.uniform(-30, 0, 3),
    )


PLAIN = Style(tint=np.zeros(3), outline='', light=np.zeros(3))
"""No style: no tint and no preferred shape."""


@dataclass(frozen=True)
class Objects:
    """N objects of one video.

    Attributes:
        start (np.ndarray): (N, 2) in [0, 1), position on the torus at time 0.
        depth (np.ndarray): (N,) in [0, 1), position in the range of sizes at time 0.
        outlines (list): N arrays (P, 2).
        colors (np.ndarray): (N, 3) in [0, 255].
    """

    start: np.ndarray
    depth: np.ndarray
    outlines: list[np.ndarray]
    colors: np.ndarray


def draw_objects(rng: Generator, style: Style = PLAIN) -> Objects:
    """Draw the number, positions, sizes, shapes and colors of objects."""
    count = rng.integers(6, 11)
    start, depth = rng.uniform(size=(count, 2)), rng.uniform(size=count)
    names = rng.choice(list(SHAPES), count)
    colors = rng.uniform(*OBJECT_COLORS, (count, 3)) + style.light
    if style.outline:
        names = np.where(rng.uniform(size=count) < 0.5, style.outline, names)
    return Objects(start, depth, [SHAPES[name] for name in names], colors)


def place(
    objects: Objects, motion: Motion, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute positions and sizes of objects over time.

    The torus extends the view by the largest object on every side, so that no object
    visibly jumps from one end to the other.

    Args:
        objects (Objects): N objects.
        motion (Motion): Their motion at T times.
        height (int): Height of the view in pixels.
        width (int): Width of the view in pixels.

    Returns:
        tuple: Centers (T, N, 2), x and y in pixels, and depths (T, N) in [0, 1).
    """
    margin = LARGEST * height
    torus = np.array([width, height]) + 2 * margin
    centers = objects.start * torus + motion.shift[:, None] * height
    depths = (objects.depth + motion.growth[:, None]) % 1.0
    return centers % torus - margin, depths


def draw_background(
    rng: Generator, height: int, width: int, style: Style = PLAIN
) -> np.ndarray:
    """Paint a still scene: sky, sun, skyline, ground, grass.

    Args:
        rng (Generator): Random generator.
        height (int): In pixels.
        width (int): In pixels.
        style (Style): Gives the tint. Defaults to none.

    Returns:
        np.ndarray: (H, W, 3), uint8, RGB.
    """
    horizon = int(height * rng.uniform(0.4, 0.75))
    image = np.empty((height, width, 3))
    image[:horizon] = _gradient(rng, horizon, brighter='top')
    image[horizon:] = _gradient(rng, height - horizon, brighter='bottom')
    blotches = rng.normal(0, rng.uniform(2, 8), (6, 8, 3))
    image += cv2.resize(blotches, (width, height), interpolation=cv2.INTER_CUBIC)
    image += style.tint
    image = np.clip(image, 0, 255).astype(np.uint8)
    _paint_sun(image, rng, horizon)
    _paint_skyline(image, rng, horizon)
    _paint_grass(image, rng, horizon)
    return image


def _gradient(rng: Generator, rows: int, brighter: str) -> np.ndarray:
    color = rng.uniform(*BACKGROUND_COLORS, 3)
    light = np.linspace(40, 0, rows) if brighter == 'top' else np.linspace(0, 30, rows)
    return color + light[:, None, None]


def _paint_sun(image: np.ndarray, rng: Generator, horizon: int) -> None:
    x, y = rng.uniform(0, image.shape[1]), rng.uniform(0, 0.5 * horizon)
    radius = image.shape[0] * rng.uniform(0.04, 0.08)
    _fill(image, SHAPES['ball'] * radius + (x, y), rng.uniform(170, 220, 3))


def _paint_skyline(image: np.ndarray, rng: Generator, horizon: int) -> None:
    for _ in range(rng.integers(3, 9)):
        half_width, tall = image.shape[0] * rng.uniform((0.03, 0.08), (0.1, 0.35))
        outline = SHAPES[rng.choice(['box', 'tree', 'house'])]
        x = rng.uniform(0, image.shape[1])
        corners = (outline - (0, 1)) * (half_width, tall / 2) + (x, horizon)
        _fill(image, corners, rng.uniform(*BACKGROUND_COLORS, 3))


def _paint_grass(image: np.ndarray, rng: Generator, horizon: int) -> None:
    height, width = image.shape[:2]
    color = rng.uniform(*BACKGROUND_COLORS, 3)
    for _ in range(rng.integers(0, 60)):
        x, y = rng.uniform((0, horizon), (width, height))
        blade = _polygon((-0.7, 0), (0.7, 0), (0, -rng.uniform(3, 8)))
        _fill(image, blade + (x, y), color)


def _fill(image: np.ndarray, corners: np.ndarray, color: np.ndarray) -> None:
    points = np.round(corners * 2**SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(image, [points], color.tolist(), cv2.LINE_AA, SUBPIXEL_BITS)


def draw_frames(
    background: np.ndarray, objects: Objects, motion: Motion, rng: Generator
) -> np.ndarray:
    """Draw the moving objects in front of a background, and add camera noise.

    Args:
        background (np.ndarray): (H, W, 3), uint8, RGB.
        objects (Objects): N objects.
        motion (Motion): Their motion at T times.
        rng (Generator): Random generator.

    Returns:
        np.ndarray: (T, H, W, 3), uint8, RGB.
    """
    height, width = background.shape[:2]
    centers, depths = place(objects, motion, height, width)
    radii = height * SMALLEST * (LARGEST / SMALLEST) ** depths
    # An object fades out when its size wraps around, in every class.
    opacity = np.clip(np.minimum(depths, 1 - depths) / 0.15, 0, 1)
    frames = np.repeat(background[None], len(centers), axis=0)
    for t, n in np.ndindex(depths.shape):
        _paint_object(
            frames[t],
            objects.outlines[n] * radii[t, n] + centers[t, n],
            objects.colors[n],
            opacity[t, n],
        )
    noise = rng.normal(0, rng.uniform(0.5, 3), frames.shape)
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


def _paint_object(
    frame: np.ndarray, outline: np.ndarray, color: np.ndarray, opacity: float
) -> None:
    """Paint an object lit from above: dark rim below, highlight on top."""
    painted = frame.copy()
    center = (outline.min(axis=0) + outline.max(axis=0)) / 2
    reach = np.ptp(outline[:, 1]) / 2
    for scale, lift, light in ((1.0, 0.0, 0.45), (0.85, 0.12, 0.85), (0.4, 0.4, 1.0)):
        layer = center + scale * (outline - center) - (0, lift * reach)
        _fill(painted, layer, np.minimum(color * light, 255))
    cv2.addWeighted(painted, opacity, frame, 1 - opacity, 0, dst=frame)
