"""A recipe by its name: both paths, ψ and the losses, with sizes filled in.

A recipe is a file of ``configs/_base_/recipes``. Its entry ``recipe`` says what a model
needs, the others are the schedule and the hooks of a pretraining.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.logging import print_log

from ...type_names import check_type, type_name

RECOMMENDED = 'contrast'
RECIPES = 'paper', RECOMMENDED
PLACE = 'stcr_mmaction::_base_/recipes/{}.py'
HEADS = 'consistency_head', 'motion_head'
KEYS = {'what', 'clean', 'noise', 'consistency_head'}
WITHOUT_QUARTER_TURNS = 0, 2, 4, 6, 8, 10, 12, 14
RGB_ALONE = 'SpatioTemporalTransform', 'RandomColorMatrix'
"""What moves or mixes the vectors of optical flow, but does not turn them."""


def read_recipe(name: str) -> Config:
    """Read the file of a recipe.

    Args:
        name (str): One of :data:`RECIPES`, or a file of one's own, ``'mine.py'``.

    Returns:
        Config: The file, with its entry ``recipe``: ``what`` it is, ``clean`` and
        ``noise``, the augmentations of both paths without a crop, the
        ``consistency_head``, and perhaps a ``motion_head`` and a ``warning`` for training
        without labels.

    Raises:
        ValueError: If there is none of that name, the file has no such entry, or an
            augmentation does not exist.
    """
    if name not in RECIPES and not Path(name).is_file():
        raise ValueError(
            f'there is no recipe {name!r}: choose one of {", ".join(RECIPES)}, or give '
            'the path of a file like configs/_base_/recipes/contrast.py'
        )
    file = Config.fromfile(PLACE.format(name) if name in RECIPES else name)
    if missing := KEYS - set(file.get('recipe') or {}):
        raise ValueError(f'{name}: its recipe lacks {", ".join(sorted(missing))}')
    for path in ('clean', 'noise'):
        for step in file.recipe[path]:
            check_type(step, TRANSFORMS, f'{path} of recipe {name!r}')
    return file


def fit_paths(
    recipe: dict, clip_shape: Sequence[int], modality: str = 'RGB'
) -> dict[str, list[dict]]:
    """Fit the augmentations of both paths to the clips that they are to make.

    Args:
        recipe (dict): As :func:`read_recipe` gives it.
        clip_shape (Sequence[int]): (T, H, W) of the training clips.
        modality (str): ``'RGB'`` or ``'Flow'``. Defaults to 'RGB'.

    Returns:
        dict[str, list[dict]]: ``clean`` and ``noise``. There are no quarter turns of
        frames that are not square; optical flow is neither transformed in space and time
        nor are its channels mixed, which would leave its vectors wrong.
    """
    square = clip_shape[1] == clip_shape[2]
    paths = {}
    for path in ('clean', 'noise'):
        steps = [dict(step) for step in recipe[path]]
        if modality == 'Flow':
            steps = [step for step in steps if type_name(step) not in RGB_ALONE]
        for step in steps:
            if type_name(step) == 'SpatioTemporalTransform' and not square:
                step.setdefault('codes', WITHOUT_QUARTER_TURNS)
        paths[path] = steps
    return paths


def blend_paths(recipe: dict, clip_shape: Sequence[int], modality: str = 'RGB') -> dict:
    """Return the config of the :class:`SiameseBlending` that makes a recipe's paths.

    Each path crops clips to ``clip_shape``, if that is square, at a place of its own.
    """
    _, height, width = clip_shape
    crop = [dict(type='RandomClipCrop', size=height)] if height == width else []
    paths = fit_paths(recipe, clip_shape, modality)
    return dict(
        type='SiameseBlending', **{name: [*crop, *path] for name, path in paths.items()}
    )


def follow_recipe(
    name: str, clip_shape: Sequence[int] | None, given: dict[str, Any]
) -> dict[str, Any]:
    """Complete the arguments of a recognizer by a recipe.

    Args:
        name (str): Of the recipe.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.
        given (dict[str, Any]): ``consistency_head``, ``motion_head``,
            ``data_preprocessor`` and ``cls_head``, as in the config. What these say
            stays, but for a ``blending`` that makes no paths: it would mix clips that no
            inverse can align. With ``blending=None`` there is none, for paths that the
            pipeline makes.

    Returns:
        dict[str, Any]: ``consistency_head``, ``data_preprocessor``, and, if there is
        one, ``motion_head``.

    Raises:
        ValueError: If there is no such recipe, or ``clip_shape`` is missing.
    """
    if clip_shape is None:
        raise ValueError(
            f'recipe={name!r} needs clip_shape=(T, H, W), the size of the training clips'
        )
    recipe = read_recipe(name).recipe
    warn_without_labels(name, recipe, given.get('cls_head'))
    preprocessor = dict(given.get('data_preprocessor') or {})
    blending = preprocessor.get('blending', {})
    if blending is not None and not _makes_paths(blending):
        if blending:
            print_log(f'recipe {name!r}: without {type_name(blending)}', 'current')
        modality = 'Flow' if len(preprocessor.get('mean') or ()) == 2 else 'RGB'
        preprocessor['blending'] = blend_paths(recipe, clip_shape, modality)
    return dict(fill_heads(recipe, given), data_preprocessor=preprocessor)


def fill_heads(recipe: dict, given: dict[str, Any]) -> dict[str, dict]:
    """Return the configs of the heads: what is given takes the place of the recipe's."""
    filled = {n: {**(recipe.get(n) or {}), **(given.get(n) or {})} for n in HEADS}
    return {name: head for name, head in filled.items() if head}


def warn_without_labels(name: str, recipe: dict, cls_head: dict | None) -> None:
    """Log what a recipe warns of, if there is no classifier that learns from labels."""
    if recipe.get('warning') and not cls_head:
        print_log(f'recipe {name!r}: {recipe["warning"]}', 'current', logging.WARNING)


def fill_scale(preprocessor: dict) -> dict:
    """Tell a :class:`SiameseBlending` how its data preprocessor normalizes.

    Args:
        preprocessor (dict): Config of the data preprocessor.

    Returns:
        dict: The config, with ``mean`` and ``std`` of the blending.

    Raises:
        ValueError: If it is given others already.
    """
    blending = preprocessor.get('blending')
    if not blending or not _makes_paths(blending):
        return preprocessor
    scale = {key: preprocessor.get(key) for key in ('mean', 'std')}
    for key, value in scale.items():
        if blending.get(key) not in (None, value):
            raise ValueError(
                f'SiameseBlending is given {key}={blending[key]}, but its preprocessor '
                f'has {value}: leave it out'
            )
    return {**preprocessor, 'blending': {**blending, **scale}}


def _makes_paths(blending: dict) -> bool:
    """Whether it is a :class:`SiameseBlending`; pure Python configs hold the class."""
    return bool(blending) and type_name(blending) == 'SiameseBlending'
