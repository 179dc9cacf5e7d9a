"""Load checkpoints without executing code in them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import BinaryIO

import mmengine.runner.checkpoint
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from .admitted_classes import admitted_classes
from .run_state import restore

_Device = str | torch.device | None


def load_checkpoints_safely() -> None:
    """Load all checkpoints safely, including those of stock mmengine.

    Symptoms: `--resume`, `load_from` and `test.py CKPT` fail under torch >= 2.6 on a
    run's own checkpoint: `Unsupported global: ...HistoryBuffer`. A downloaded file is
    unpickled, so it can execute any code: in mmengine and its fork by http or https, in
    the fork from anywhere.
    Thread: open-mmlab/mmengine#1655.
    Fix: mmengine's loader for local files is replaced by `load_from_local`. The functions
    that its other loaders use are replaced by `load_from_url` and `load_safely`.
    Replaces: `mmengine.runner.checkpoint.CheckpointLoader._schemes['']` and
    `mmengine.runner.checkpoint.load_url`.
    Replaces, in the fork: `mmengine.runner.checkpoint._safe_torch_load`.
    Can go: when mmengine sets `weights_only` and admits its own classes.
    """
    CheckpointLoader.register_scheme('', load_from_local, force=True)
    mmengine.runner.checkpoint.load_url = load_from_url
    if hasattr(mmengine.runner.checkpoint, '_safe_torch_load'):  # the fork's
        mmengine.runner.checkpoint._safe_torch_load = load_safely


def load_from_local(filename: str, map_location: _Device = None) -> dict:
    """Load a checkpoint of tensors, plain data and mmengine's log history.

    Args:
        filename (str): Local file; `~` is expanded.
        map_location (str or device, optional): As in `torch.load`. Defaults to None.

    Returns:
        dict: The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: As `load_safely`.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {filename} can not be found')
    return load_safely(path, map_location)


def load_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: _Device = None,
    progress: bool = True,
) -> dict:
    """Load a checkpoint by `load_safely`; download it if needed.

    Args:
        url (str): Address of the file, http or https.
        model_dir (str, optional): Folder to keep it in. Defaults to torch's own.
        map_location (str or device, optional): As in `torch.load`. Defaults to None.
        progress (bool): Whether to show a progress bar. Defaults to True.

    Returns:
        dict: The checkpoint.

    Raises:
        UnpicklingError: As in `load_safely`; also names the folder.
    """
    model_dir = model_dir or str(Path(torch.hub.get_dir()) / 'checkpoints')
    with _safe_loading(f'{url}, kept in {model_dir},'):
        checkpoint = torch.hub.load_state_dict_from_url(
            url, model_dir, map_location, progress, weights_only=True
        )
        restore(checkpoint)
    return checkpoint


def load_safely(file: str | Path | BinaryIO, map_location: _Device = None) -> dict:
    """Load a checkpoint without executing code in it.

    torch's restricted unpickler reads the file. It imports no classes, but looks them up
    in torch's own table and in `admitted_classes`.

    Args:
        file (str, Path or BinaryIO): The file.
        map_location (str or device, optional): As in `torch.load`. Defaults to None.

    Returns:
        dict: The checkpoint.

    Raises:
        UnpicklingError: If the file is no checkpoint, is damaged, or contains a class
            that is not admitted; names the file and the reason.
    """
    name = 'from the network' if hasattr(file, 'read') else str(file)
    with _safe_loading(name):
        checkpoint = torch.load(file, map_location, weights_only=True)
        if not isinstance(checkpoint, dict):
            raise UnpicklingError(f'it holds a {type(checkpoint).__name__}, not a dict')
        restore(checkpoint)
    return checkpoint


@contextmanager
def _safe_loading(name: str) -> Iterator[None]:
    """Admit the replacements of mmengine's classes; explain refusals."""
    try:
        with torch.serialization.safe_globals(admitted_classes()):
            yield
    except Exception as error:
        if not _is_content_error(error):
            raise
        raise UnpicklingError(
            _explain(name, str(error) or type(error).__name__)
        ) from None


def _is_content_error(error: Exception) -> bool:
    """Whether an error is about the file's content, not a device, memory or access."""
    if isinstance(error, RuntimeError):
        return not re.search('CUDA|device|memory', str(error))
    return not isinstance(error, (OSError, MemoryError))


def _explain(filename: str, message: str) -> str:
    """Return why a file is refused and what to do, in one paragraph."""
    sentence = r'(?:{}).*?(?=\.\s|\.?\n|\.?$)'
    refusals = r'Unsupported global|Trying to|Can only'
    if refused := re.search(sentence.format(refusals), message):
        return (
            f'checkpoint {filename} is refused: {refused[0]}. Only tensors, plain data '
            "and mmengine's log history are read; nothing in the file was executed. If "
            'you trust its source, write its weights to a new file once: '
            "ckpt = torch.load(FILE, map_location='cpu', weights_only=False); "
            "torch.save(dict(state_dict=ckpt['state_dict']), NEW_FILE)"
        )
    reason = message.split('WeightsUnpickler error:')[-1].strip()
    return (
        f'{filename} is not a checkpoint, or it is damaged (cut short while it was '
        f'saved or copied?): {re.search(sentence.format("^"), reason)[0]}'
    )
