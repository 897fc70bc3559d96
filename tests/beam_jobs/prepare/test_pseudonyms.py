"""E-mail addresses of users become hashes, with or without a key."""

import hashlib
import hmac

import pytest
from apache_beam.pvalue import TaggedOutput

from atelier.io.errors import UserError
from beam_jobs.prepare import pseudonyms
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.tables.row import Row


def test_the_pseudonym_of_the_guide():
    digits = hashlib.sha256(b"ann@example.com").hexdigest()[:16]

    assert pseudonyms.pseudonym(" Ann@Example.com") == f"user-{digits}"


def test_a_key_changes_the_pseudonym():
    digits = hmac.digest(b"secret", b"ann@example.com", "sha256").hex()[:16]

    assert pseudonyms.pseudonym("ann@example.com", b"secret") == (
        f"user-{digits}"
    )


@pytest.mark.parametrize(
    ("user_id", "is_email"),
    [
        ("ann@example.com", True),
        ("Ann <ann@example.co.uk>", True),
        ("ann@home", False),
        ("@ann", False),
        ("c17", False),
        (17, False),
        (None, False),
        # Rejected later, so that nothing becomes a valid user.
        ("jos\udce9@example.com", False),
        ("\ud800ann@example.com", False),
        ("eve@example.com,s1\nbob@example.com", False),
    ],
)
def test_ids_that_hold_an_address(user_id, is_email):
    row = Row(("log.csv", 1), {"user_id": user_id, "item_id": "a"})

    *counted, hashed = pseudonyms.hash_email(row, pseudonyms.NO_KEY)

    assert [one.tag for one in counted if isinstance(one, TaggedOutput)] == (
        [pseudonyms.HASHED_EMAILS] if is_email else []
    )
    assert (hashed.values["user_id"] != user_id) == is_email
    assert hashed.values["item_id"] == "a"


@pytest.mark.parametrize(
    ("flags", "key"),
    [
        ([], b""),
        (["--email_users=keep"], None),
        (["--email_key_file={}"], b"s3cret"),
    ],
)
def test_the_key_of_the_flags(tmp_path, flags, key):
    path = tmp_path / "key"
    path.write_text("s3cret\n")
    flags = [flag.format(path) for flag in flags]

    args, _ = parse_flags(["--interactions=a.csv", "--data_dir=b", *flags])

    assert config_of(args).email_key == key


@pytest.mark.parametrize(
    ("text", "flags", "sentence"),
    [
        (None, [], "does not exist; write a secret to it"),
        (" \n", [], "is empty; write a secret to it"),
        ("s", ["--email_users=keep"], "applies only to --email_users hash"),
    ],
)
def test_wrong_keys(tmp_path, text, flags, sentence):
    path = tmp_path / "key"
    if text is not None:
        path.write_text(text)
    argv = ["--interactions=a.csv", "--data_dir=b", f"--email_key_file={path}"]

    with pytest.raises(UserError, match=sentence):
        config_of(parse_flags([*argv, *flags])[0])
