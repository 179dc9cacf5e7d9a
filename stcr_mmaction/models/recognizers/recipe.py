"""Read recipes, and apply them to models.

A recipe is a file of ``configs/_base_/recipes``. Its entry ``recipe`` has the
augmentations and losses for a model; other entries are the schedule and the hooks of
pretraining.
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
RGB_ONLY = 'SpatioTemporalTransform', 'RandomColorMatrix'
"""Augmentations that would make the vectors of optical flow wrong."""


def read_recipe(name: str) -> Config:
    """Read the file of a recipe.

    Args:
        name (str): One of :data:`RECIPES`, or your own file, such as ``'mine.py'``.

    Returns:
        Config: The file. Its entry ``recipe`` has a description, ``what``; the
        augmentations of both paths without crops, ``clean`` and ``noise``; the
        ``consistency_head``; and optionally a ``motion_head`` and a ``warning`` about
        training without labels.

    Raises:
        ValueError: If there is no such recipe, the file has no such entry, or an
            augmentation does not exist.

    Examples:
        >>> from stcr_mmaction.models.recognizers.recipe import read_recipe
        >>> [step['type'] for step in read_recipe('paper').recipe.noise]
        ['SpatioTemporalTransform', 'IntraVideoMixup']
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
    """Adapt the augmentations of both paths to the clip shape and modality.

    Args:
        recipe (dict): Entry ``recipe`` from :func:`read_recipe`.
        clip_shape (Sequence[int]): (T, H, W) of the training clips.
        modality (str): ``'RGB'`` or ``'Flow'``. Defaults to 'RGB'.

    Returns:
        dict[str, list[dict]]: ``clean`` and ``noise``. Frames that are not square get no
        quarter turns. Optical flow gets no spatio-temporal transformations and no channel
        mixing, which would make its vectors wrong.
    """
    square = clip_shape[1] == clip_shape[2]
    paths = {}
    for path in ('clean', 'noise'):
        steps = [dict(step) for step in recipe[path]]
        if modality == 'Flow':
            steps = [step for step in steps if type_name(step) not in RGB_ONLY]
        for step in steps:
            if type_name(step) == 'SpatioTemporalTransform' and not square:
                step.setdefault('codes', WITHOUT_QUARTER_TURNS)
        paths[path] = steps
    return paths


def blend_paths(recipe: dict, clip_shape: Sequence[int], modality: str = 'RGB') -> dict:
    """Return the config of a :class:`SiameseBlending` for a recipe.

    Each path crops clips to ``clip_shape`` by itself, if that is square.
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
    """Complete the arguments of a recognizer from a recipe.

    Args:
        name (str): Name of the recipe.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.
        given (dict[str, Any]): ``consistency_head``, ``motion_head``,
            ``data_preprocessor`` and ``cls_head``, as in the config. Given options are
            kept, except a ``blending`` that makes no paths: it would mix clips that no
            inverse can align. With ``blending=None`` none is added, for paths that the
            pipeline makes.

    Returns:
        dict[str, Any]: ``consistency_head``, ``data_preprocessor``, and ``motion_head``
        if there is one.

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
    """Return the configs of the heads; given options override the recipe's."""
    filled = {n: {**(recipe.get(n) or {}), **(given.get(n) or {})} for n in HEADS}
    return {name: head for name, head in filled.items() if head}


def warn_without_labels(name: str, recipe: dict, cls_head: dict | None) -> None:
    """Log the warning of a recipe, if there is no classifier trained on labels."""
    if recipe.get('warning') and not cls_head:
        print_log(f'recipe {name!r}: {recipe["warning"]}', 'current', logging.WARNING)


def fill_scale(preprocessor: dict) -> dict:
    """Fill in the mean and std of the data preprocessor in a :class:`SiameseBlending`.

    Args:
        preprocessor (dict): Config of the data preprocessor.

    Returns:
        dict: The config, with ``mean`` and ``std`` of the blending.

    Raises:
        ValueError: If it has other values already.
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
    """Whether a blending is a :class:`SiameseBlending`."""
    return bool(blending) and type_name(blending) == 'SiameseBlending'
