"""A run: one configuration on one data set, with a folder for its results."""

import dataclasses
import os
from typing import Generic
from typing import TypeVar

import tensorflow as tf

from atelier.cli.flags import Config
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.resize_mode import Resize
from trainer.training import checkpoints
from trainer.training.provenance import provenance

FILE_NAME = "run.json"

C = TypeVar("C", bound=Config)


@dataclasses.dataclass(frozen=True)
class Run(Generic[C]):
    """Description of a run, to repeat, resume, evaluate or export it.

    Attributes:
        run_dir: Folder of checkpoints, history, metrics and logs.
        data_dir: Folder of the prepared data set.
        content_hash: Hash of the data set.
        image_size: Side of its images, in pixels.
        resize: Resize mode that made its images square.
        config: Configuration; its type determines the kind of model.
    """

    run_dir: str
    data_dir: str
    content_hash: str
    image_size: int
    resize: Resize
    config: C

    @classmethod
    def start(cls, run_dir: str, data_dir: str, config: C) -> "Run[C]":
        """Starts a run, or reopens the existing one to resume it.

        Args:
            run_dir: Folder of the run.
            data_dir: Folder of a prepared data set.
            config: Configuration of the run.

        Raises:
            UserError: If the data set is unfinished, or the folder holds a run
                with other data or another configuration, except for fields in
                `MAY_CHANGE`.
        """
        manifest = Manifest.read(data_dir)
        if "://" not in data_dir:
            # The run can be evaluated and exported from any working directory.
            data_dir = os.path.abspath(data_dir)
        run = cls(
            run_dir,
            data_dir,
            manifest.content_hash,
            manifest.image_size,
            manifest.resize,
            config,
        )
        if json_files.exists(run_dir, FILE_NAME):
            old = cls.load(run_dir, type(config))
            # A run without a checkpoint may start anew with other settings.
            if tf.train.latest_checkpoint(
                paths.join(run_dir, checkpoints.LAST)
            ):
                run._check_same(old)
        tf.io.gfile.makedirs(run_dir)
        values = {
            "kind": config.KIND,
            **dataclasses.asdict(run),
            "made_by": provenance(),
        }
        json_files.write_json(run_dir, FILE_NAME, values)
        return run

    @classmethod
    def load(cls, run_dir: str, config_type: type[C]) -> "Run[C]":
        """Loads the run of a folder.

        Args:
            run_dir: Folder of the run.
            config_type: Required type of the configuration.

        Raises:
            UserError: If the folder holds no run, or one with another type of
                configuration.
        """
        values = json_files.read_json(run_dir, FILE_NAME)
        kind = values.pop("kind", config_type.KIND)
        values.pop("made_by", None)  # Provenance, for readers of the file.
        if kind != config_type.KIND:
            raise UserError(
                f"{run_dir} is a run of `trainer.task {kind}`, but a run of "
                f"`trainer.task {config_type.KIND}` is required; give another "
                "folder"
            )
        try:
            config = config_type(**values.pop("config"))
            return cls(**{**values, "run_dir": run_dir, "config": config})
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{run_dir}/{FILE_NAME} was written by another version of this "
                "code; train again, with a new --run_dir"
            ) from error

    def check_data(self) -> None:
        """Checks that the data set is still the one that the run trained on.

        Raises:
            UserError: If the data set is missing or was prepared differently.
        """
        if Manifest.read(self.data_dir).content_hash != self.content_hash:
            raise UserError(
                f"{self.data_dir} is no longer the data set that "
                f"{self.run_dir} was trained on; prepare it with the old "
                "options, or train a new run"
            )

    def _check_same(self, old: "Run[C]") -> None:
        if self.content_hash != old.content_hash:
            raise UserError(
                f"{self.run_dir} was started on other data (from "
                f"{old.data_dir}); give another --run_dir"
            )
        new_values = dataclasses.asdict(self.config)
        for name, value in dataclasses.asdict(old.config).items():
            if name not in self.config.MAY_CHANGE and new_values[name] != value:
                raise UserError(
                    f"{self.run_dir} was started with --{name} {value!r}, got "
                    f"{new_values[name]!r}; give another --run_dir"
                )
