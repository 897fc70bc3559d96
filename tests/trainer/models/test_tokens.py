"""Tokens of text, also of other scripts and of broken bytes."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.models.tokens import attribute_tokens
from trainer.models.tokens import hash_tokens
from trainer.models.tokens import words_and_pairs


def tokens(text):
    (row,) = words_and_pairs(tf.constant([text])).to_list()
    return [token.decode() for token in row]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Linen DRESS,  blue.", "linen|dress|blue|linen dress|dress blue"),
        ("V-neck (2024)", "v|neck|2024|v neck|neck 2024"),
        ("Écharpe à POIS", "écharpe|à|pois|écharpe à|à pois"),
        ("Лён 麻", "лён|麻|лён 麻"),
        ("top", "top"),
        (" ,; \n", ""),
        ("", ""),
    ],
)
def test_text_becomes_lower_case_words_and_pairs(text, expected):
    assert tokens(text) == (expected.split("|") if expected else [])


def test_broken_text_and_null_bytes_are_no_error():
    for text in (b"red \xff\xfe dress", b"\x00", b"\xed\xa0\x80", b"a\x00b"):
        assert words_and_pairs(tf.constant([text])).nrows() == 1


def test_attributes_are_tokens_beside_their_words():
    attributes = tf.ragged.constant(
        [["color=Navy Blue", "fit=a=b"], [], ["size="]]
    )
    rows = attribute_tokens(attributes).to_list()
    assert rows == [
        [
            b"color=Navy Blue",
            b"fit=a=b",
            *[b"navy", b"blue", b"navy blue", b"a", b"b", b"a b"],
        ],
        [],
        [b"size="],
    ]


def test_equal_tokens_share_a_bucket():
    buckets = hash_tokens(tf.ragged.constant([["red", "dress"], ["red"]]), 1000)
    red, dress, again = buckets.values.numpy()
    assert red == again != dress
    # Fixed for ever: the models on disk were fitted to these buckets.
    np.testing.assert_array_equal([red, dress], [910, 432])
