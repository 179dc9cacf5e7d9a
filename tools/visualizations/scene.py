"""A rendered clip that looks like a video: a beach ball bounces over a meadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

FINE = 4
"""Pixels a side of which one is averaged: edges are smooth."""
GROUND = 0.8
"""Height at which the ball touches the meadow, from the top, 0 to 1."""
RADIUS = 0.17
PAINTS = np.array([[213, 94, 0], [245, 245, 240], [0, 114, 178], [245, 245, 240],
                   [240, 200, 60], [245, 245, 240]])  # fmt: skip
"""RGB, of the ball's sectors."""


def render_ball(seed: int = 0, length: int = 16, size: int = 112) -> np.ndarray:
    """Render a clip.

    Args:
        seed (int): Of clouds, hills, meadow, and where the ball starts. Defaults to 0.
        length (int): Frames T. Defaults to 16.
        size (int): Height and width in pixels. Defaults to 112.

    Returns:
        np.ndarray: (T, H, W, 3), uint8, RGB.
    """
    rng = np.random.default_rng(seed)
    meadow = _draw_meadow(rng, size * FINE)
    way, phase = rng.choice([-1, 1]), rng.uniform(0.1, 0.4)
    frames = []
    for t in np.linspace(0, 1, length):
        x = 0.5 + way * (t - 0.5) * 0.66
        lift = abs(np.sin(np.pi * (1.5 * t + phase)))
        fine = _paint_ball(meadow, x, lift, turn=way * 4 * t)
        frames.append(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA))
    return np.clip(frames, 0, 255).astype(np.uint8)


def _places(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of each pixel, (H, W), 0 to 1."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    return x, y


def _texture(rng: Generator, size: int, stretch: int = 1) -> np.ndarray:
    """Return fractal noise (H, W) of mean 0, wider than high by the stretch."""
    total = np.zeros((size, size))
    for level in range(2, 8):
        coarse = rng.normal(size=(2**level, max(1, 2**level // stretch)))
        smooth = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        total += smooth / 2 ** (0.8 * level)
    return total


def _draw_meadow(rng: Generator, size: int) -> np.ndarray:
    """Return sky with clouds, hills and grass, (H, W, 3), float, gray levels."""
    x, y = _places(size)
    clouds = np.clip(2.2 * _texture(rng, size, stretch=3), 0, 1)[..., None]
    sky = _blend((96, 156, 214), (214, 233, 245), y / 0.55)
    picture = sky + 0.85 * clouds * (255 - sky)
    ridge = 0.5 + 0.06 * np.sin(7 * x + rng.uniform(0, 6)) + 0.03 * np.sin(17 * x)
    ridge += 0.03 * _texture(rng, size)
    hills = _blend((60, 104, 92), (92, 138, 96), (y - ridge) / 0.15)
    picture = np.where((y > ridge)[..., None], hills, picture)
    grass = _blend((120, 160, 70), (66, 118, 48), (y - 0.6) / 0.4)
    grass += 55 * _texture(rng, size)[..., None] * (y[..., None] - 0.2)
    return np.where((y > 0.62 + 0.01 * np.sin(9 * x))[..., None], grass, picture)


def _blend(start: tuple, end: tuple, share: np.ndarray) -> np.ndarray:
    """Return colors (H, W, 3) from start, share 0, to end, share 1."""
    share = np.clip(share, 0, 1)[..., None]
    return (1 - share) * np.array(start) + share * np.array(end)


def _paint_ball(meadow: np.ndarray, x: float, lift: float, turn: float) -> np.ndarray:
    """Paint the ball and its shadow."""
    across, down = _places(len(meadow))
    y = GROUND - RADIUS - 0.42 * lift
    far = np.hypot((across - x) / 1.1, 3.5 * (down - GROUND)) / (
        RADIUS * (1 - 0.4 * lift)
    )
    shaded = meadow * (1 - (0.55 - 0.3 * lift) * np.clip(1.3 - far, 0, 1))[..., None]
    u, v = (across - x) / RADIUS, (down - y) / RADIUS
    depth = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    # The pole leans to the viewer, so that the sectors meet off the center.
    angle = np.arctan2(v + 0.35 * depth, u - 0.2 * depth) - turn
    light = 0.45 + 0.6 * np.clip(-0.5 * u - 0.6 * v + 0.65 * depth, 0, 1)
    sector = np.floor(angle / (2 * np.pi) * len(PAINTS)).astype(int) % len(PAINTS)
    ball = PAINTS[sector] * light[..., None]
    return np.where((u**2 + v**2 < 1)[..., None], ball, shaded)
