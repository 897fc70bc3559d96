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
_COEFFICIENTS = 64


def has_all_scans(data: bytes) -> bool:
    """Returns whether the scans hold every bit of every coefficient.

    Args:
        data: JPEG, with or without its end marker.
    """
    missing: set[tuple[int, int]] = set()
    place = 2
    while match := _MARKER.search(data, place):
        marker, start = match[1][0], match.end()
        place = start + max(2, int.from_bytes(data[start : start + 2], "big"))
        segment = data[start + 2 : place]
        if marker in _FRAMES:
            missing = {
                (component, coefficient)
                for component in segment[6::3]
                for coefficient in range(_COEFFICIENTS)
            }
        elif marker == _SCAN and len(segment) >= 4:
            first, last, bits = segment[-3:]
            if bits & 0x0F == 0:  # The lowest bit that the scan holds.
                missing -= {
                    (component, coefficient)
                    for component in segment[1:-3:2]
                    for coefficient in range(first, last + 1)
                }
    return not missing
