"""Vocabularies: one UTF-8 id per line; the index counts lines from 0."""

import tensorflow as tf


def read_vocabulary(path: str) -> list[str]:
    """Reads the ids of a vocabulary, in index order."""
    with tf.io.gfile.GFile(path, "rb") as file:
        text: str = file.read().decode()
    return text.split("\n")[:-1]


def vocabulary_lines(ids: list[str]) -> bytes:
    """Encodes ids for `read_vocabulary`; no id may contain a line feed."""
    return "".join(f"{one}\n" for one in ids).encode()
