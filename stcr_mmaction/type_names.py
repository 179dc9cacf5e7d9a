"""Types that a config names, or has as classes, as mmengine's pure Python configs do."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from mmaction.utils import get_str_type
from mmengine.config import Config
from mmengine.registry import Registry


def copy_by_name(config: Config) -> Config:
    """Copy a config; what a pure Python config imports is named in the copy.

    So it can be changed, mixed with configs that have names, and written to a file.

    Args:
        config (Config): Of either kind; not changed.

    Returns:
        Config: With ``type='mmaction.models.Recognizer3D'`` for ``type=Recognizer3D``.
    """
    copied = config.to_dict()
    _keep_loaded_last(copied)
    return Config(copied, cfg_text=config.text, filename=config.filename)


def type_name(config: Mapping) -> str | None:
    """Return the name of a config's ``type``, without its scope or module.

    Args:
        config (Mapping): Its type is a name, ``'STCR'`` or ``'mmaction.STCR'``, or the
            class itself.

    Returns:
        str | None: ``'STCR'``; None if the config has no type.
    """
    name = get_str_type(config.get('type'))
    return name and name.rpartition('.')[2]


def build_part(config: Mapping, registry: Registry, place: str) -> Any:
    """Build a part of something; a type that does not exist is an error with its place.

    Args:
        config (Mapping): Of the part.
        registry (Registry): Where its type is looked up.
        place (str): Where the config has it, ``'noise of SiamesePaths'``.

    Returns:
        Any: The part.

    Raises:
        ValueError: As :func:`check_type`.
    """
    check_type(config, registry, place)
    return registry.build(config)


def check_type(config: Mapping, registry: Registry, place: str) -> None:
    """Check that the type of a config exists; arguments as :func:`build_part`.

    Raises:
        ValueError: If it does not, or there is none; tells the place and near names.
    """
    kind = config.get('type')
    if kind is None:
        raise ValueError(f'{place}: {dict(config)} has no type')
    with registry.switch_scope_and_registry(config.get('_scope_')) as scoped:
        if not isinstance(kind, str) or scoped.get(kind) is not None:
            return
    parent = registry.parent.module_dict if registry.parent else {}
    names = {**registry.module_dict, **parent}
    near = get_close_matches(kind.rpartition('.')[2], names, cutoff=0.7)
    raise ValueError(
        f'{place}: there is no {registry.name} {kind!r}'
        + (f'; near names: {", ".join(near)}' if near else '')
        + '. Correct the type; a class of your own is known once its module is listed in '
        'custom_imports'
    )


def _keep_loaded_last(part: Any) -> None:
    """Let weights of an ``init_cfg`` still be loaded after all random ones are drawn.

    mmengine looks for the class :class:`PretrainedInit`, or for ``'Pretrained'``; by
    another name it would be the first, and what comes next would undo it.
    """
    if isinstance(part, dict):
        if type_name(part) == 'PretrainedInit':
            part['type'] = 'Pretrained'
        part = list(part.values())
    for one in part if isinstance(part, (list, tuple)) else ():
        _keep_loaded_last(one)
