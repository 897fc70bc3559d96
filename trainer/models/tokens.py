"""Tokens of text and of attributes, in stock TensorFlow ops.

Keras has no string ops. Training, export and TF Serving share these functions,
so a word of a request is the word that the model was fitted to.
"""

import tensorflow as tf


def words_and_pairs(text: tf.Tensor) -> tf.RaggedTensor:
    """Splits text into lower-case words and pairs of adjacent words.

    Args:
        text: Text, UTF-8, string [n].

    Returns:
        Words, then pairs of words joined by a blank, string [n, None].
    """
    lower = tf.strings.lower(text, encoding="utf-8")
    # Letters, combining marks and digits of all scripts.
    words = tf.strings.regex_replace(lower, r"[^\pL\pM\pN]+", " ")
    return tf.strings.ngrams(tf.strings.split(words), (1, 2), separator=" ")


def attribute_tokens(attributes: tf.RaggedTensor) -> tf.RaggedTensor:
    """Returns attributes and the words and pairs of words of their values.

    The words match those of a search: "navy" finds "color=navy blue".

    Args:
        attributes: Attributes as "name=value", string [n, None].

    Returns:
        Tokens, string [n, None].
    """
    values = tf.strings.regex_replace(attributes.values, "^[^=]*=", "")
    words = attributes.with_values(words_and_pairs(values)).merge_dims(1, 2)
    return tf.concat([attributes, words], axis=1)


def hash_tokens(tokens: tf.RaggedTensor, num_buckets: int) -> tf.RaggedTensor:
    """Hashes tokens, by a function that is the same everywhere.

    Args:
        tokens: Tokens, string [n, None].
        num_buckets: Number of buckets.

    Returns:
        Bucket of each token, int64 [n, None].
    """
    return tokens.with_values(
        tf.strings.to_hash_bucket_fast(tokens.values, num_buckets)
    )
