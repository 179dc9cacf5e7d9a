"""Find key frames of H.264 and HEVC at which decoding can start."""

from __future__ import annotations

from collections.abc import Iterator

# Position in the codec's header of the size of unit lengths; the type of a unit from its
# first byte; and the types of pictures at which decoding can start.
UNITS = dict(
    h264=(4, lambda first: first & 0x1F, {5}),
    hevc=(21, lambda first: first >> 1 & 0x3F, {16, 17, 18, 19, 20}),
)


def is_clean_start(codec: str, header: bytes, packet: memoryview) -> bool:
    """Whether no frame after a key frame needs one before it.

    Recovery points (of open groups of pictures and intra refresh) are marked as key
    frames too, but a decoder that starts there drops or blurs frames.

    Args:
        codec (str): Name of the codec. For codecs other than H.264 and HEVC it is always
            True.
        header (bytes): Codec data from the container.
        packet (memoryview): The key frame.

    Returns:
        bool: The answer; False if unknown.

    Source: ITU-T H.264 table 7-1, ITU-T H.265 table 7-1, ISO/IEC 14496-15 for the header.
    """
    if codec not in UNITS:
        return True
    place, type_of, anew = UNITS[codec]
    if len(header) <= place or header[0] != 1:  # a byte stream without unit lengths
        return False
    firsts = _first_bytes(packet, (header[place] & 3) + 1)
    return any(type_of(first) in anew for first in firsts)


def _first_bytes(packet: memoryview, length_size: int) -> Iterator[int]:
    place = 0
    while place + length_size < len(packet):
        length = int.from_bytes(packet[place : place + length_size], 'big')
        yield packet[place + length_size]
        place += length_size + length
