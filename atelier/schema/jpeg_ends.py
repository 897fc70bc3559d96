"""Endings for a JPEG that lacks its end marker, to test if it is complete.

Many programs drop the last one or two bytes of a JPEG, the end marker. A
decoder fills missing pixels from whatever follows the data: with different
bytes behind it, an incomplete photo decodes to different pixels, a complete
one to the same. Preparation and the serving graph both decode a JPEG without
an end marker with each of these endings, and refuse it if the pixels differ.

This does not notice that scans are missing if a progressive JPEG ends between
two of them: the photo has all of its pixels, but less sharp. Preparation reads
the headers of the scans as well; no op of a serving graph can.
"""

END_MARKER = b"\xff\xd9"
ENDS = tuple(
    64 * noise + restart_marker + 64 * noise + END_MARKER
    for noise, restart_marker in (
        (b"\xb5", b"\xff\xd0"),
        (b"\xfe", b"\xff\xd3"),
        (b"\x6d", b"\xff\xd6"),
    )
)
"""Endings to append. A decoder that expects a restart marker skips noise up to
the next one, and also the noise behind it if that is one or two off."""
