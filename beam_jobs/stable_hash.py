"""Hashes that are equal on every machine and in every process."""

import hashlib
from collections.abc import Iterable


def id_hash(id_: str) -> int:
    """Returns the BLAKE2b hash of an id as an unsigned 64-bit integer."""
    digest = hashlib.blake2b(id_.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def record_hash(record: bytes) -> bytes:
    """Returns the SHA-256 digest of a record, 32 bytes."""
    return hashlib.sha256(record).digest()


def add_hashes(hashes: Iterable[bytes]) -> bytes:
    """Returns the sum of 32-byte hashes modulo 2**256, in any order."""
    total = sum(int.from_bytes(hash_, "big") for hash_ in hashes)
    return (total % (1 << 256)).to_bytes(32, "big")
