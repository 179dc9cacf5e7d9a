"""What a config builds, by name; mmengine's pure Python configs have the classes."""

from __future__ import annotations

from collections.abc import Mapping

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
    return Config(config.to_dict(), cfg_text=config.text, filename=config.filename)


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
