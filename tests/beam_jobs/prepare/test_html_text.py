"""Descriptions of shops, with tags or without."""

import pytest

from beam_jobs.prepare.html_text import plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Linen, a < b > c & d\\n", "Linen, a < b > c & d\\n"),
        ("<p>Made of <b>linen</b>,<br>\nred.</p>", "Made of linen,\nred."),
        ("<ul><li>S</li><li>M &amp; L</li></ul>", "S\nM & L"),
        (
            "<!-- wp:paragraph -->\\n<p>Aus\\nLeinen</p>\\n<!-- / -->",
            "Aus Leinen",
        ),
        ("<style>p{}</style><p>a<script>b()</script>c</p>", "a\nc"),
        ("a<br/>b &nbsp; c", "a\nb c"),
        ("<p>cut off <", "cut off <"),
        ("<p></p>", ""),
    ],
)
def test_the_text_of_html(text, expected):
    assert plain_text(text) == expected
