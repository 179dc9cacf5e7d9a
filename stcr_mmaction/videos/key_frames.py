"""Which key frames of H.264 and HEVC cut all ties to the frames before them."""

from __future__ import annotations

from collections.abc import Iterator

# Where the codec's header says how many bytes tell the length of a unit; the bits of a
# unit's first byte that are its type; and the types of a picture that cuts all ties.
UNITS = dict(
    h264=(4, lambda first: first & 0x1F, {5}),
    hevc=(21, lambda first: first >> 1 & 0x3F, {16, 17, 18, 19, 20}),
)


def cuts_ties(codec: str, header: bytes, packet: memoryview) -> bool:
    """Tell whether nothing behind a key frame needs a frame before it.

    Others ('recovery points', of open groups of pictures and of intra refresh) are marked
    as key frames too, but a decoder that starts there drops frames or blurs them.

    Args:
        codec (str): Name of the codec. Key frames of all but H.264 and HEVC cut ties.
        header (bytes): What the container tells of the codec.
        packet (memoryview): The key frame.

    Returns:
        bool: Whether it does; False where this cannot be told.

    Source: ITU-T H.264 table 7-1, ITU-T H.265 table 7-1, ISO/IEC 14496-15 for the header.
    """
    if codec not in UNITS:
        return True
    place, type_of, anew = UNITS[codec]
    if len(header) <= place or header[0] != 1:  # a stream of bytes, without lengths
        return False
    firsts = _first_bytes(packet, (header[place] & 3) + 1)
    return any(type_of(first) in anew for first in firsts)


def _first_bytes(packet: memoryview, length_size: int) -> Iterator[int]:
    place = 0
    while place + length_size < len(packet):
        length = int.from_bytes(packet[place : place + length_size], 'big')
        yield packet[place + length_size]
        place += length_size + length
