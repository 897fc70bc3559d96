"""Hashes that are the same on every machine."""

import hashlib
from collections.abc import Iterable


def id_hash(one: str) -> int:
    """Returns 64 bits that stand for an id."""
    digest = hashlib.blake2b(one.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def record_hash(record: bytes) -> bytes:
    """Returns the SHA-256 of a record."""
    return hashlib.sha256(record).digest()


def add_hashes(hashes: Iterable[bytes]) -> bytes:
    """Adds hashes as numbers, so that the order of records does not matter."""
    total = sum(int.from_bytes(one, "big") for one in hashes)
    return (total % (1 << 256)).to_bytes(32, "big")
