"""Vocabularies: one id a line, UTF-8; the line number is the index."""

import tensorflow as tf


def read_vocabulary(path: str) -> list[str]:
    """Reads the ids of a vocabulary, in index order."""
    with tf.io.gfile.GFile(path, "rb") as file:
        text: str = file.read().decode()
    return text.split("\n")[:-1]


def vocabulary_lines(ids: list[str]) -> bytes:
    """Encodes ids, each of which holds no line feed, for `read_vocabulary`."""
    return "".join(f"{one}\n" for one in ids).encode()
