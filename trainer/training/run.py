"""A run: one configuration on one data set, with a folder for its results."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Generic
from typing import TypeVar

from atelier.cli.run_config import Config
from atelier.io import files
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.background import Background
from atelier.schema.manifest import Manifest
from atelier.schema.resize_mode import Resize
from trainer.training.provenance import provenance

_FILE = run_artifacts.RUN
_CHECKPOINT_LIST = "checkpoint"
"""File of TensorFlow in a folder that holds checkpoints."""

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
        background: Treatment of the background of its images.
        config: Configuration; its type determines the kind of model.
    """

    run_dir: str
    data_dir: str
    content_hash: str
    image_size: int
    resize: Resize
    background: Background
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
        old = None
        if json_files.exists(run_dir, _FILE):
            stored = cls.load(run_dir, type(config))
            # A run without a checkpoint may start anew with other settings.
            if _has_checkpoint(run_dir):
                old = stored
        run = cls(
            run_dir,
            _absolute(data_dir),
            manifest.content_hash,
            manifest.image_size,
            manifest.resize,
            manifest.background,
            config.settled(manifest, old.config if old else None),
        )
        if old:
            run._check_same(old)
        files.make_folders(run_dir)
        values = {
            "kind": config.KIND,
            **dataclasses.asdict(run),
            "run_dir": _absolute(run_dir),
            "made_by": provenance(),
        }
        json_files.write_json(run_dir, _FILE, values)
        return run

    @classmethod
    def load(
        cls, run_dir: str, config_type: type[C], data_dirs: Sequence[str] = ()
    ) -> "Run[C]":
        """Loads the run of a folder.

        Args:
            run_dir: Folder of the run.
            config_type: Required type of the configuration.
            data_dirs: Folders of prepared data sets, one of which the run was
                trained on. Without any, the data set is expected where it was,
                else where it was as seen from the run.

        Raises:
            UserError: If the folder holds no run, or one with another type of
                configuration, or none of the data sets is that of the run.
        """
        values = json_files.read_json(run_dir, _FILE)
        if not isinstance(values, dict):
            raise UserError(
                f"{run_dir}/{_FILE} is not a JSON object; copy the run again"
            )
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
            stored = cls(**{**values, "config": config})
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{run_dir}/{_FILE} was written by another version of this "
                "code; train again, with a new --run_dir"
            ) from error
        data_dir = (
            stored._choose_data(run_dir, data_dirs)
            if data_dirs
            else stored._find_data(run_dir)
        )
        return dataclasses.replace(stored, run_dir=run_dir, data_dir=data_dir)

    def check_data(self) -> None:
        """Checks that the data set is still the one that the run trained on.

        Raises:
            UserError: If the data set is missing or was prepared differently.
        """
        if not json_files.exists(self.data_dir, paths.MANIFEST):
            raise UserError(
                f"{self.data_dir}, which {self.run_dir}/{_FILE} names as the "
                f"data set of the run, holds no {paths.MANIFEST}; give the "
                "folder that holds it now as --data_dir"
            )
        if Manifest.read(self.data_dir).content_hash != self.content_hash:
            raise UserError(
                f"{self.data_dir} is no longer the data set that "
                f"{self.run_dir} was trained on, by the content hash in "
                f"{_FILE}; give that data set as --data_dir, prepare it with "
                "the old options, or train a new run"
            )

    def _choose_data(self, run_dir: str, data_dirs: Sequence[str]) -> str:
        """Returns the folder that holds the data set of the run."""
        for data_dir in data_dirs:
            if Manifest.read(data_dir).content_hash == self.content_hash:
                return data_dir
        raise UserError(
            f"--data_dir {', '.join(data_dirs)} is not the data set that "
            f"{run_dir} was trained on: its content hash is not the one in "
            f"{_FILE}; give the folder of that data set"
        )

    def _find_data(self, run_dir: str) -> str:
        """Returns the folder of the data set, also if both folders moved."""
        if os.path.isabs(self.run_dir) and os.path.isabs(self.data_dir):
            way = os.path.relpath(self.data_dir, self.run_dir)
            moved = os.path.normpath(os.path.join(_absolute(run_dir), way))
            if not json_files.exists(
                self.data_dir, paths.MANIFEST
            ) and json_files.exists(moved, paths.MANIFEST):
                return moved
        return self.data_dir

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
                    f"{self.run_dir} was started with --{name} {value!r}, but "
                    f"now it is {new_values[name]!r}; repeat the flags of that "
                    "start, or give another --run_dir"
                )


def _has_checkpoint(run_dir: str) -> bool:
    return any(
        name == _CHECKPOINT_LIST or name.endswith(".index")
        for folder in run_artifacts.CHECKPOINTS
        for name in files.list_names(paths.join(run_dir, folder))
    )


def _absolute(path: str) -> str:
    """Returns a local path such that it holds in any working directory."""
    return path if "://" in path else os.path.abspath(path)
