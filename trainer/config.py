"""Configuration of a run: frozen dataclasses, filled from the command line."""

import argparse
import dataclasses
from typing import Any
from typing import Self

from records.errors import UserError
from trainer.backbones import BACKBONES


def option(default: Any, text: str) -> Any:
    """Declares a field with its default and its `--help` text."""
    return dataclasses.field(default=default, metadata={"help": text})


@dataclasses.dataclass(frozen=True)
class RecommenderConfig:
    """Everything that shapes a run of the recommender.

    The two penalties are those of the paper's loss, a sum over the batch
    (`trainer/bpr.py`); their defaults are the paper's.
    """

    backbone: str = option("small", f"one of {', '.join(BACKBONES)}")
    embedding_dim: int = option(50, "K, width of both towers' embeddings")
    learning_rate: float = option(1e-3, "of Adam; the paper's is 1e-4")
    batch_size: int = option(64, "triples a step, over all devices")
    epochs: int = option(12, "passes over as many triples as there are")
    weight_decay: float = option(1e-3, "lambda of the CNN's weights")
    user_penalty: float = option(1.0, "lambda of the user embeddings")
    cold_below: int = option(
        5, "an item with fewer training interactions counts as cold"
    )
    save_every: int = option(500, "steps between checkpoints within an epoch")
    photo_memory_mb: int = option(
        4096, "decoded photos are kept in memory up to this size, in MiB"
    )
    seed: int = option(0, "of initial weights, dropout and sampling")

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of its range.
        """
        if self.backbone not in BACKBONES:
            raise UserError(
                f"--backbone is one of {', '.join(BACKBONES)}, got "
                f"{self.backbone!r}"
            )
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ("weight_decay", "user_penalty", "seed"):
                sound, rule = value >= 0, "at least 0"
            else:
                sound, rule = field.name == "backbone" or value > 0, "positive"
            if field.name == "seed" and value >= 1 << 32:
                sound, rule = False, "below 2^32"
            if not sound:
                raise UserError(f"--{field.name} must be {rule}, got {value}")

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Adds a flag for each field."""
        for field in dataclasses.fields(cls):
            parser.add_argument(
                f"--{field.name}",
                type=type(field.default),
                default=field.default,
                help=f"{field.metadata['help']} (default: %(default)s)",
            )

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the configuration from parsed flags."""
        return cls(
            **{
                field.name: getattr(args, field.name)
                for field in dataclasses.fields(cls)
            }
        )
