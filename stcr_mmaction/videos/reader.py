"""Choose a reader that returns the right frames of a file."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mmengine.logging import print_log

from .in_order import InOrderReader
from .probe import NamedBytes, name_of, probe_video

# The first video that this process reads in order and has logged, with its flaw.
READ_IN_ORDER: list[str] = []


def open_video(
    source: str | NamedBytes, num_threads: int = 1, seeker: Callable | None = None
) -> object:
    """Open a video with a reader that returns the right frames.

    Seeking is fast, but in some files a decoder silently returns wrong frames. Such
    files, and files that it cannot open, are read from their first frame on. The first
    such file in each process is logged.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        num_threads (int): Decoding threads. Defaults to 1.
        seeker (Callable, optional): The reader that seeks, made of the source and the
            threads. Defaults to None: :class:`DecordReader`.

    Returns:
        DecordReader | InOrderReader: Or another seeker; with ``len``, ``get_batch`` and
        ``get_avg_fps``.

    Raises:
        ValueError: If it is no video or cannot be decoded; the message names the file.
    """
    reader, flaw = find_reader(source, num_threads, seeker)
    if flaw:
        _tell(name_of(source), flaw)
    return reader


def find_reader(
    source: str | NamedBytes, num_threads: int = 1, seeker: Callable | None = None
) -> tuple[object, str]:
    """Open a video as :func:`open_video` does, but log nothing.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        num_threads (int): Decoding threads. Defaults to 1.
        seeker (Callable, optional): As there. Defaults to None.

    Returns:
        tuple[object, str]: The reader, and why the file is read in order, or ''.

    Raises:
        ValueError: If it is no video or cannot be decoded; the message names the file.
    """
    if seeker is None:  # decord may be missing where another decoder is chosen
        from .decord_reader import DecordReader as seeker
    facts = probe_video(source)
    try:
        if not facts.flaw:
            reader = seeker(source, num_threads)
            if len(reader) == facts.num_packets:
                return reader, ''
        flaw = facts.flaw or 'the decoder finds another number of frames'
    except Exception as error:  # decoders raise RuntimeError, DECORDError, ValueError
        flaw = f'the decoder cannot open it ({str(error).partition(chr(10))[0]})'
    return InOrderReader(source), f'{flaw} ({facts.codec} in {facts.container})'


def _tell(video: str, flaw: str) -> None:
    """Warn of the first file in this process; others may be thousands."""
    if READ_IN_ORDER:
        return
    READ_IN_ORDER.append(f'{video}: {flaw}')
    print_log(
        f'{video} is read from its first frame on, since {flaw}. The frames are right, '
        'but long videos load slowly: copies made with `--short-side` of the '
        'preparation tools load faster. This process reads other such videos in the '
        'same way, without a message.',
        logger='current',
        level=logging.WARNING,
    )
