"""Plain text of descriptions that shops write in HTML."""

import re
from html.parser import HTMLParser

_TAG = re.compile(r"</?[a-z][^>]*>|<!--", re.IGNORECASE)
_INVISIBLE = ("script", "style")
_INLINE = ("a", "b", "em", "i", "small", "span", "strong", "sub", "sup", "u")


def plain_text(text: str) -> str:
    r"""Returns a text without tags, entities decoded, a line per block.

    A text without tags is returned as it is. In HTML, `\n` in two characters
    is a line break, as WooCommerce exports it.

    Args:
        text: Plain text or HTML.
    """
    if not _TAG.search(text):
        return text
    parser = _TextParser()
    parser.feed(text.replace("\\n", "\n"))
    parser.close()
    lines = (" ".join(line.split()) for line in parser.lines)
    return "\n".join(line for line in lines if line)


class _TextParser(HTMLParser):
    """Collects the visible text.

    Attributes:
        lines: Text of each block.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._invisible = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begins a line before a block."""
        self._invisible = tag in _INVISIBLE
        if tag not in _INLINE:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """Begins a line after a block."""
        self._invisible = False
        if tag not in _INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Adds text to the line."""
        if not self._invisible:
            self.lines[-1] += data
