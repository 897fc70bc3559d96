"""Removal of passwords and signatures of URLs from messages."""

import re

# Repetitions are limited, because a table may hold any text.
_PASSWORD = re.compile(
    # A password may hold a slash, but `host:80/` has no password.
    r"//(?:[^/?#\s]{0,500}|[^/?#\s:@\[]{0,99}:(?!\d*[/?#])[^\s@]{0,99})@"
)
_SECRET = re.compile(
    r"([?&;#~](?:s|[^=?&;#\s]{0,99}(?:sig|token|secret|pass|pwd|credential|"
    r"auth|key|session|jwt|hdn|hmac|md5)[^=?&;#\s]{0,99})=)[^&;#\s]*",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """Replaces passwords and secret query parameters of URLs by `***`.

    Args:
        text: Message with any number of URLs.
    """
    return _SECRET.sub(r"\1***", _PASSWORD.sub("//***@", text))
