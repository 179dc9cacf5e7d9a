"""What a rendered video looks like, drawn at random and without regard to its motion.

A scene has a natural *up*: a sky above a ground, things that stand on the horizon,
upright strokes, and objects lit from above. Objects float freely in front of it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from .motions import Motion

SMALLEST, LARGEST = 0.07, 0.22
"""Range of the objects' radii in view heights."""
OBJECT_COLOURS = 190, 255
BACKGROUND_COLOURS = 60, 100
"""Objects are the lighter ones; the ranges overlap where light and shade are added."""
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
    """What the videos of one place have in common.

    Attributes:
        tint (np.ndarray): (3,), added to the colours of the background.
        outline (str): Every second object has this shape, on average; one of ``SHAPES``.
        light (np.ndarray): (3,), added to the colours of the objects.
    """

    tint: np.ndarray
    outline: str
    light: np.ndarray


def make_style(number: int) -> Style:
    """Make one of any number of styles; the same number gives the same style."""
    rng = np.random.default_rng([number, 2008])
    return Style(
        tint=rng.uniform(-25, 25, 3),
        outline=list(SHAPES)[number % len(SHAPES)],
        light=rng.uniform(-30, 0, 3),
    )


PLAIN = Style(tint=np.zeros(3), outline='', light=np.zeros(3))
"""No style: neither tint nor favourite shape."""


@dataclass(frozen=True)
class Objects:
    """N objects of one video.

    Attributes:
        start (np.ndarray): (N, 2) in [0, 1), place on the torus at time 0.
        depth (np.ndarray): (N,) in [0, 1), place in the range of sizes at time 0.
        outlines (list): N arrays (P, 2).
        colours (np.ndarray): (N, 3) in [0, 255].
    """

    start: np.ndarray
    depth: np.ndarray
    outlines: list[np.ndarray]
    colours: np.ndarray


def draw_objects(rng: Generator, style: Style = PLAIN) -> Objects:
    """Draw number, places, sizes, shapes and colours."""
    count = rng.integers(6, 11)
    start, depth = rng.uniform(size=(count, 2)), rng.uniform(size=count)
    names = rng.choice(list(SHAPES), count)
    colours = rng.uniform(*OBJECT_COLOURS, (count, 3)) + style.light
    if style.outline:
        names = np.where(rng.uniform(size=count) < 0.5, style.outline, names)
    return Objects(start, depth, [SHAPES[name] for name in names], colours)


def place(
    objects: Objects, motion: Motion, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Say where the objects are and where in their range of sizes.

    The torus is wider than the view by the largest object on every side, so nobody
    sees an object jump from one end to the other.

    Args:
        objects (Objects): N objects.
        motion (Motion): Their motion at T times.
        height (int): Of the view, in pixels.
        width (int): Of the view, in pixels.

    Returns:
        tuple: Centres (T, N, 2), x and y in pixels, and depths (T, N) in [0, 1).
    """
    margin = LARGEST * height
    torus = np.array([width, height]) + 2 * margin
    centres = objects.start * torus + motion.shift[:, None] * height
    depths = (objects.depth + motion.growth[:, None]) % 1.0
    return centres % torus - margin, depths


def draw_background(
    rng: Generator, height: int, width: int, style: Style = PLAIN
) -> np.ndarray:
    """Paint a still scene: sky, sun, skyline, ground, grass.

    Args:
        rng (Generator): Source of all choices.
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
    colour = rng.uniform(*BACKGROUND_COLOURS, 3)
    light = np.linspace(40, 0, rows) if brighter == 'top' else np.linspace(0, 30, rows)
    return colour + light[:, None, None]


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
        _fill(image, corners, rng.uniform(*BACKGROUND_COLOURS, 3))


def _paint_grass(image: np.ndarray, rng: Generator, horizon: int) -> None:
    height, width = image.shape[:2]
    colour = rng.uniform(*BACKGROUND_COLOURS, 3)
    for _ in range(rng.integers(0, 60)):
        x, y = rng.uniform((0, horizon), (width, height))
        blade = _polygon((-0.7, 0), (0.7, 0), (0, -rng.uniform(3, 8)))
        _fill(image, blade + (x, y), colour)


def _fill(image: np.ndarray, corners: np.ndarray, colour: np.ndarray) -> None:
    points = np.round(corners * 2**SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(image, [points], colour.tolist(), cv2.LINE_AA, SUBPIXEL_BITS)


def draw_frames(
    background: np.ndarray, objects: Objects, motion: Motion, rng: Generator
) -> np.ndarray:
    """Draw the moving objects before a background, and the camera's noise.

    Args:
        background (np.ndarray): (H, W, 3), uint8, RGB.
        objects (Objects): N objects.
        motion (Motion): Their motion at T times.
        rng (Generator): Source of the noise.

    Returns:
        np.ndarray: (T, H, W, 3), uint8, RGB.
    """
    height, width = background.shape[:2]
    centres, depths = place(objects, motion, height, width)
    radii = height * SMALLEST * (LARGEST / SMALLEST) ** depths
    # An object fades where its size wraps around, whatever the class.
    opacity = np.clip(np.minimum(depths, 1 - depths) / 0.15, 0, 1)
    frames = np.repeat(background[None], len(centres), axis=0)
    for t, n in np.ndindex(depths.shape):
        _paint_object(
            frames[t],
            objects.outlines[n] * radii[t, n] + centres[t, n],
            objects.colours[n],
            opacity[t, n],
        )
    noise = rng.normal(0, rng.uniform(0.5, 3), frames.shape)
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


def _paint_object(
    frame: np.ndarray, outline: np.ndarray, colour: np.ndarray, opacity: float
) -> None:
    """Paint an object lit from above: dark rim below, highlight on top."""
    painted = frame.copy()
    centre = (outline.min(axis=0) + outline.max(axis=0)) / 2
    reach = np.ptp(outline[:, 1]) / 2
    for scale, lift, light in ((1.0, 0.0, 0.45), (0.85, 0.12, 0.85), (0.4, 0.4, 1.0)):
        layer = centre + scale * (outline - centre) - (0, lift * reach)
        _fill(painted, layer, np.minimum(colour * light, 255))
    cv2.addWeighted(painted, opacity, frame, 1 - opacity, 0, dst=frame)
