import time

import pytest

from beam_jobs.prepare.jpeg_scans import has_all_scans

FRAME = bytes([0xFF, 0xC2, 0, 11, 8, 0, 9, 0, 9, 1, 1, 0x11, 0])
"""Progressive, with the component 1."""


def scan(first, last, bits, components=b"\1\0"):
    segment = b"\1" + components + bytes([first, last, bits])
    return b"\xff\xda" + (len(segment) + 2).to_bytes(2) + segment


@pytest.mark.parametrize(
    ("scans", "whole"),
    [
        (scan(0, 63, 0), True),
        (scan(0, 5, 0) + scan(6, 63, 0), True),
        (scan(0, 63, 1), False),
        (scan(0, 63, 0x01) + scan(0, 63, 0x10), True),
        (scan(0, 5, 0), False),
        (scan(5, 2, 0), False),
        (scan(0, 63, 0, b"\2\0"), False),
        (b"", False),
    ],
)
def test_every_bit_of_every_coefficient_is_needed(scans, whole):
    assert has_all_scans(b"\xff\xd8" + FRAME + scans) == whole


def test_scans_of_many_components_take_little_time():
    hostile = scan(0, 255, 0, b"\2\0" * 32_000)
    start = time.perf_counter()
    assert not has_all_scans(b"\xff\xd8" + FRAME + 40 * hostile)
    assert time.perf_counter() - start < 10
