"""Draw the training clips that a network sees."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from ..pictures import save_film
from ..train_samples import draw_film, draw_rows, name_clips, take_samples

SUFFIXES = '.png', '.mp4'


def preview(run: Path, out: Path, samples: int = 3, seed: int = 0) -> Path:
    """Draw both paths of some training videos, with their augmentations.

    Args:
        run (Path): Folder of a run, or a config file.
        out (Path): ``.png``, one row for each clip, or ``.mp4``. An existing file is
            replaced.
        samples (int): Number of videos. Defaults to 3.
        seed (int): Random seed. Defaults to 0.

    Returns:
        Path: The file.

    Raises:
        ValueError: If ``out`` has another suffix, or there is nothing to draw.
        OSError: If there is no config, or ``out`` cannot be written.
    """
    run, out = Path(run), Path(out)
    if out.suffix not in SUFFIXES:
        raise ValueError(f'{out} must end in {" or ".join(SUFFIXES)}')
    config = Config.fromfile(_find_config(run))
    pictures, drawn = take_samples(config, samples, seed)
    clips = [name_clips(*pair) for pair in zip(pictures, drawn, strict=True)]
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == '.mp4':
        save_film(draw_film(clips), out, fps=4)
    else:
        draw_rows([clip for sample in clips for clip in sample]).savefig(out)
    return out


def _find_config(run: Path) -> Path:
    config = run / 'config.py' if run.is_dir() else run
    if not config.is_file():
        raise FileNotFoundError(
            f'there is no {config}: give the folder of a run, or a config'
        )
    return config
