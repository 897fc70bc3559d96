"""Check that no scan is missing at the end of a JPEG.

A progressive JPEG that ends between two scans decodes without an error: it has
all of its pixels, but less sharp, or lacks its colors.
"""

import re

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""A marker with a segment; compressed data has only the excluded bytes."""
_FRAMES = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)
"""Starts of frames: baseline, extended, progressive; two with arithmetic."""
_SCAN = 0xDA
_ALL_COEFFICIENTS = (1 << 64) - 1


def has_all_scans(data: bytes) -> bool:
    """Returns whether the scans hold every bit of every coefficient.

    Args:
        data: JPEG, with or without its end marker.
    """
    missing: dict[int, int] = {}  # Bit i of a component: coefficient i.
    place = 2
    while match := _MARKER.search(data, place):
        marker, start = match[1][0], match.end()
        place = start + max(2, int.from_bytes(data[start : start + 2], "big"))
        segment = data[start + 2 : place]
        if marker in _FRAMES:
            missing = dict.fromkeys(segment[6::3], _ALL_COEFFICIENTS)
        elif marker == _SCAN and len(segment) >= 4:
            first, last, bits = segment[-3:]
            if bits & 0x0F == 0:  # The lowest bit that the scan holds.
                held = max(0, (2 << last) - (1 << first))
                for component in missing.keys() & set(segment[1:-3:2]):
                    missing[component] &= ~held
    return not any(missing.values())
