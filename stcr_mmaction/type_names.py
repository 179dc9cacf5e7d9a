"""What a config builds, by name; mmengine's pure Python configs have the classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmaction.utils import get_str_type
from mmengine.config import Config


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
