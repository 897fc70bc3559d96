"""Lookup and validation of an exported recommender version."""

import dataclasses
from typing import Any

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.io.errors import reason_of
from atelier.schema import paths
from atelier.schema.model_versions import SAVED_MODEL
from atelier.schema.model_versions import find_versions
from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from beam_jobs.embed.saved_model_handler import load

EMBED_IMAGES = "embed_images"
RECOMMEND = "recommend_excluding"
_OUTPUTS = {EMBED_IMAGES: {"embeddings"}, RECOMMEND: {"item_ids", "scores"}}


@dataclasses.dataclass(frozen=True)
class ExportedModel:
    """A version of an exported recommender.

    Attributes:
        path: Folder of the version.
        version: Version number.
        top_k: Number of items that the model returns per user.
        embedding_dim: Number of dimensions of the item embeddings.
    """

    path: str
    version: int
    top_k: int
    embedding_dim: int


def open_model(model_dir: str, version: int | None) -> ExportedModel:
    """Loads a version of a recommender and runs it once.

    Args:
        model_dir: Folder of all versions, local or remote.
        version: Version number; the newest version if None.

    Raises:
        UserError: If the version does not exist, cannot be loaded or is not a
            recommender of this project.
    """
    version, path = _find(model_dir, version)
    try:
        model = load(path)
    except Exception as error:  # TensorFlow raises many types.
        raise UserError(
            f"{path} cannot be loaded ({reason_of(error)}); export it again"
        ) from error
    _check_signatures(path, model.signatures)
    jpeg = tf.io.encode_jpeg(tf.fill([16, 16, 3], tf.constant(255, tf.uint8)))
    try:
        # Signatures may declare unknown sizes, so they are read from outputs.
        embedded = model.signatures[EMBED_IMAGES](image_bytes=jpeg[None])
        ranked = model.signatures[RECOMMEND](
            user_id=tf.constant([""]), exclude_ids=tf.constant([[""]])
        )
        top_k = int(ranked["item_ids"].shape[1])
        embedding_dim = int(embedded["embeddings"].shape[1])
    except Exception as error:
        raise UserError(
            f"{path} does not return what a recommender returns "
            f"({reason_of(error)}); export it again"
        ) from error
    return ExportedModel(path, version, top_k, embedding_dim)


def _find(model_dir: str, version: int | None) -> tuple[int, str]:
    """Returns the number and the folder of the requested version."""
    if tf.io.gfile.exists(paths.join(model_dir, SAVED_MODEL)):
        raise UserError(
            f"--model_dir {model_dir} is one version of a model; give the "
            "folder above it, and --version to choose one"
        )
    versions = find_versions(model_dir)
    if not versions:
        raise UserError(
            f"--model_dir {model_dir} holds no exported version; run "
            "`python -m export.task recommender` first"
        )
    if version is None:
        version = max(versions)
    if version not in versions:
        raise UserError(
            f"--model_dir {model_dir} holds no version {version}; it has "
            f"{', '.join(str(version_) for version_ in versions)}"
        )
    return version, versions[version]


def _check_signatures(path: str, signatures: Any) -> None:
    for name, outputs in _OUTPUTS.items():
        if name not in signatures:
            raise UserError(
                f"{path} has no signature {name}, got "
                f"{', '.join(sorted(signatures)) or 'none'}; give a "
                "recommender that this project exported"
            )
        signature = signatures[name]
        inputs = {
            tensor.name for tensor in SIGNATURES[RECOMMENDER][name].inputs
        }
        missing = sorted(
            (inputs ^ set(signature.structured_input_signature[1]))
            | (outputs - set(signature.structured_outputs))
        )
        if missing:
            raise UserError(
                f"signature {name} of {path} has other inputs or outputs than "
                f"expected: {', '.join(missing)}; export the model again"
            )
