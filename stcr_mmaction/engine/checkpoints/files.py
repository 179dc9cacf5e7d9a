"""Files that are there as a whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

WHOLE_FILES = 'whole_files'
"""The name of the backend, for ``backend_args=dict(backend=...)``."""


class WholeFilesBackend(LocalBackend):
    """:class:`LocalBackend` that writes beside a file and renames.

    A kill or a full disk while the stock one writes leaves half a file under its name; if
    that name was there before, the good file is lost.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file that another process sees whole, or not at all.

        Args:
            obj (bytes): All of it.
            filepath (str or Path): The file; its folder is made.

        Raises:
            OSError: If it cannot be written; what was there is still there.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f'.{path.name}.part')
        try:
            with part.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


register_backend(WHOLE_FILES, WholeFilesBackend, force=True)
