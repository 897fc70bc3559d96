"""Removal of damaged or oversized metadata from photos with valid pixels.

Pillow rejects a photo for a damaged profile, text or checksum that other
decoders skip, among them those of the serving graph.
"""

import zlib

JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"
_SCAN = 0xDA
_SHORTEST_SEGMENT = {0xE0: 16, 0xE1: 16, 0xEE: 14}
"""Minimum length of a JFIF, EXIF or Adobe segment: color space and rotation."""
_DROPPED = {*range(0xE0, 0xF0), 0xFE}
"""Markers of application segments and comments."""
_KEPT_CHUNKS = (b"tRNS", b"eXIf")
"""PNG chunks for transparency and rotation."""


def without_metadata(data: bytes) -> bytes:
    """Removes the metadata that decoding does not need.

    Args:
        data: Encoded photo of any format, possibly damaged.

    Returns:
        A JPEG or PNG with only color space, transparency and rotation left;
        photos of other formats unchanged.
    """
    if data.startswith(JPEG):
        return _bare_jpeg(data)
    if data.startswith(PNG):
        return _bare_png(data)
    return data


def _bare_jpeg(data: bytes) -> bytes:
    kept = [data[:2]]
    start = 2
    while data[start : start + 1] == b"\xff" and start + 4 <= len(data):
        marker = data[start + 1]
        if marker == _SCAN:
            break
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        end = start + 2 + length
        shortest = _SHORTEST_SEGMENT.get(marker, length + 1)
        if marker not in _DROPPED or length >= shortest:
            kept.append(data[start:end])
        start = end
    return b"".join([*kept, data[start:]])


def _bare_png(data: bytes) -> bytes:
    """Drops chunks as libpng does: optional ones with a wrong checksum."""
    kept = [data[:8]]
    start = 8
    while start + 12 <= len(data):
        name = data[start + 4 : start + 8]
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        body, checksum = data[start + 4 : end - 4], data[end - 4 : end]
        if name[:1].isupper() or (
            name in _KEPT_CHUNKS
            and zlib.crc32(body) == int.from_bytes(checksum, "big")
        ):
            kept.append(data[start:end])
        start = end
    return b"".join([*kept, data[start:]])
