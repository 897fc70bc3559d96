"""Pseudonyms of users whose ids are e-mail addresses.

Data sets, models and the studio show the ids of users. An address is replaced
by `user-` and the first 16 hexadecimal digits of its SHA-256, in lower case
and without blanks around it, so that a shop can look up a customer by the same
rule. Without a key anyone who guesses an address can do so too; with a key the
digits are those of HMAC-SHA256.
"""

import dataclasses
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

from apache_beam import pvalue

from atelier.io import files
from atelier.io.errors import UserError
from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.sources.source import USER_ID
from beam_jobs.tables.row import Row

HASHED_EMAILS = "hashed_emails"
"""Tag and name of the counter of rows with an address as the user id."""
NO_KEY = b""
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_DIGITS = 16


def holds_email(user_id: object) -> bool:
    """Returns whether a valid id is or contains an e-mail address."""
    return (
        isinstance(user_id, str)
        and _EMAIL.search(user_id) is not None
        and id_problem(USER_ID, user_id) is None
    )


def pseudonym(email: str, key: bytes = NO_KEY) -> str:
    """Returns the pseudonym of a user.

    Args:
        email: Id with an e-mail address.
        key: Secret of the shop, `NO_KEY` for a plain hash.

    Example:
        pseudonym("Ann@example.com") == pseudonym("ann@example.com ")
    """
    text = email.strip().lower().encode()
    digits = (
        hmac.new(key, text, hashlib.sha256).hexdigest()
        if key
        else hashlib.sha256(text).hexdigest()
    )
    return f"user-{digits[:_DIGITS]}"


def hash_email(row: Row, key: bytes) -> Iterator[Any]:
    """Yields a row of the interactions with a pseudonym for an address.

    Yields a counter under the `HASHED_EMAILS` tag for each of them.

    Args:
        row: Row of the interactions table.
        key: Secret of the shop, `NO_KEY` for a plain hash.
    """
    user_id = row.values[USER_ID]
    if holds_email(user_id):
        yield pvalue.TaggedOutput(HASHED_EMAILS, ((HASHED_EMAILS,), 1))
        values = {**row.values, USER_ID: pseudonym(user_id, key)}
        row = dataclasses.replace(row, values=values)
    yield row


def read_key(path: str) -> bytes:
    """Reads the secret of the shop, without blanks around it.

    Args:
        path: Path of the file.

    Raises:
        UserError: If there is no such file, or it is empty.
    """
    if not files.exists(path):
        raise UserError(
            f"--email_key_file {path} does not exist; write a secret to it, "
            "such as with `openssl rand -hex 32`"
        )
    key = files.read_bytes(path).strip()
    if not key:
        raise UserError(
            f"--email_key_file {path} is empty; write a secret to it, such as "
            "with `openssl rand -hex 32`"
        )
    return key
