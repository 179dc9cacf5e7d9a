"""The classes of the motion data set: they define motion, not appearance.

A motion is a common shift and growth of all objects over time. Positions wrap around a
torus larger than the view, and sizes wrap around a range (see ``scene.py``); both start
uniformly. So for every motion, positions and sizes at any one time are uniform: by
construction, *a single frame does not show the class*. A horizontal flip does not change
the class.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

TAU = 2 * np.pi


class Motion(NamedTuple):
    """A motion sampled at T times.

    Attributes:
        shift (np.ndarray): (T, 2), right and down, in view heights.
        growth (np.ndarray): (T,), in multiples of the range of sizes.
    """

    shift: np.ndarray
    growth: np.ndarray


def _move(right: np.ndarray | float, down: np.ndarray | float, t: np.ndarray) -> Motion:
    shift = np.stack(np.broadcast_arrays(right, down, t)[:2], axis=-1)
    return Motion(shift.astype(np.float64), np.zeros_like(t))


def _grow(growth: np.ndarray) -> Motion:
    return Motion(np.zeros((len(growth), 2)), growth)


def rise(t: np.ndarray, rng: Generator) -> Motion:
    """Move up at a constant speed; ``fall`` played backwards."""
    return _move(0.0, -rng.uniform(0.3, 0.6) * t, t)


def fall(t: np.ndarray, rng: Generator) -> Motion:
    """Move down at a constant speed."""
    return _move(0.0, rng.uniform(0.3, 0.6) * t, t)


def approach(t: np.ndarray, rng: Generator) -> Motion:
    """Grow at a constant rate; ``recede`` played backwards."""
    return _grow(rng.uniform(0.35, 0.7) * t)


def recede(t: np.ndarray, rng: Generator) -> Motion:
    """Shrink at a constant rate."""
    return _grow(-rng.uniform(0.35, 0.7) * t)


def swing(t: np.ndarray, rng: Generator) -> Motion:
    """Swing from side to side like a pendulum, lowest in the middle."""
    side = np.sin(TAU * (rng.uniform(0.8, 1.4) * t + rng.uniform()))
    width = rng.uniform(0.12, 0.22)
    return _move(width * side, -0.3 * width * side**2, t)


def bounce(t: np.ndarray, rng: Generator) -> Motion:
    """Jump up again and again, with a sharp turn at the bottom."""
    height = np.abs(np.sin(TAU / 2 * (rng.uniform(1.2, 2.0) * t + rng.uniform())))
    return _move(0.0, -rng.uniform(0.15, 0.3) * height, t)


def circle(t: np.ndarray, rng: Generator) -> Motion:
    """Move in a circle, in either direction."""
    angle = rng.choice([-TAU, TAU]) * (rng.uniform(0.7, 1.2) * t + rng.uniform())
    radius = rng.uniform(0.1, 0.18)
    return _move(radius * np.cos(angle), radius * np.sin(angle), t)


def shake(t: np.ndarray, rng: Generator) -> Motion:
    """Tremble: small and quick, in both directions."""
    frequency, phase = rng.uniform(3.0, 5.0, 2), rng.uniform(size=2)
    wave = rng.uniform(0.03, 0.05) * np.sin(TAU * (frequency * t[:, None] + phase))
    return _move(wave[:, 0], wave[:, 1], t)


def pulse(t: np.ndarray, rng: Generator) -> Motion:
    """Grow and shrink in turn."""
    wave = np.sin(TAU * (rng.uniform(0.8, 1.4) * t + rng.uniform()))
    return _grow(rng.uniform(0.1, 0.2) * wave)


def slide(t: np.ndarray, rng: Generator) -> Motion:
    """Move sideways at a constant speed, in either direction."""
    return _move(rng.choice([-1, 1]) * rng.uniform(0.3, 0.6) * t, 0.0, t)


def zigzag(t: np.ndarray, rng: Generator) -> Motion:
    """Move sideways, either way, and up and down with sharp turns."""
    cycle = (rng.uniform(1.0, 1.6) * t + rng.uniform()) % 1.0
    height = rng.uniform(0.2, 0.35) * np.abs(2 * cycle - 1)
    return _move(rng.choice([-1, 1]) * rng.uniform(0.25, 0.45) * t, height, t)


def jerk(t: np.ndarray, rng: Generator) -> Motion:
    """Move sideways, either way, and stop again and again."""
    cycle = rng.uniform(1.4, 2.2) * t + rng.uniform()
    steps = np.floor(cycle) + np.minimum(3 * (cycle % 1.0), 1.0)
    return _move(rng.choice([-1, 1]) * rng.uniform(0.15, 0.25) * steps, 0.0, t)


MOTIONS: dict[str, Callable[[np.ndarray, Generator], Motion]] = {
    motion.__name__: motion
    for motion in (
        rise, fall, approach, recede, swing, bounce, circle, shake,
        pulse, slide, zigzag, jerk,
    )
}  # fmt: skip
"""Motions by class name; their order defines the labels. Times are in seconds."""
