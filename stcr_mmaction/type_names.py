"""Types in configs, given as names or as classes (in pure Python configs)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from mmaction.utils import get_str_type
from mmengine.config import Config
from mmengine.registry import Registry


def copy_by_name(config: Config) -> Config:
    """Copy a config, and replace imported classes by their names.

    The copy can be changed, merged with other configs, and written to a file.

    Args:
        config (Config): Config of either kind; not changed.

    Returns:
        Config: With ``type='mmaction.models.Recognizer3D'`` for ``type=Recognizer3D``.
    """
    copied = config.to_dict()
    _rename_pretrained(copied)
    return Config(copied, cfg_text=config.text, filename=config.filename)


def type_name(config: Mapping) -> str | None:
    """Return the name of a config's ``type``, without its scope or module.

    Args:
        config (Mapping): A config; its type is a name, ``'STCR'`` or ``'mmaction.STCR'``,
            or a class.

    Returns:
        str | None: ``'STCR'``; None if the config has no type.
    """
    name = get_str_type(config.get('type'))
    return name and name.rpartition('.')[2]


def build_part(config: Mapping, registry: Registry, place: str) -> Any:
    """Build a part; if its type does not exist, the error names the place.

    Args:
        config (Mapping): Config of the part.
        registry (Registry): Registry of its type.
        place (str): Place in the config, such as ``'noise of SiamesePaths'``.

    Returns:
        Any: The part.

    Raises:
        ValueError: As :func:`check_type`.
    """
    check_type(config, registry, place)
    return registry.build(config)


def check_type(config: Mapping, registry: Registry, place: str) -> None:
    """Check that the type of a config exists; arguments as in :func:`build_part`.

    Raises:
        ValueError: If it does not exist or is missing; names the place and similar names.
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


def _rename_pretrained(part: Any) -> None:
    """Rename ``PretrainedInit`` to ``Pretrained``, so that it still runs last.

    mmengine only recognizes the class, or the name ``'Pretrained'``. By another name it
    would run first, and random initialization would overwrite the weights.
    """
    if isinstance(part, dict):
        if type_name(part) == 'PretrainedInit':
            part['type'] = 'Pretrained'
        part = list(part.values())
    for one in part if isinstance(part, (list, tuple)) else ():
        _rename_pretrained(one)
