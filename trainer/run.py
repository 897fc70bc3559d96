"""A run: one configuration on one data set, and the folder of its results."""

import dataclasses

import tensorflow as tf

from records import results
from records.errors import UserError
from records.manifest import Manifest
from records.resize import Resize
from trainer.config import RecommenderConfig

FILE_NAME = "run.json"
MAY_CHANGE = ("epochs", "cold_below", "save_every", "photo_memory_mb")
"""What shapes no weight, and so may differ when a run is taken up again."""


@dataclasses.dataclass(frozen=True)
class Run:
    """What must be known to repeat, resume, evaluate or export a run.

    Attributes:
        run_dir: Folder of checkpoints, history, metrics and logs.
        data_dir: The prepared data set.
        content_hash: Hash of that data set.
        image_size: Side of its photos, in pixels.
        resize: How they became squares.
        config: The configuration.
    """

    run_dir: str
    data_dir: str
    content_hash: str
    image_size: int
    resize: Resize
    config: RecommenderConfig

    @classmethod
    def start(
        cls, run_dir: str, data_dir: str, config: RecommenderConfig
    ) -> "Run":
        """Starts a run, or takes up the one that is there.

        Raises:
            UserError: If the data set is not finished, or the folder holds a
                run of other data or another configuration, what
                `MAY_CHANGE` names aside.
        """
        manifest = Manifest.read(data_dir)
        run = cls(
            run_dir,
            data_dir,
            manifest.content_hash,
            manifest.image_size,
            manifest.resize,
            config,
        )
        if results.exists(run_dir, FILE_NAME):
            run._check_same(cls.load(run_dir))
        tf.io.gfile.makedirs(run_dir)
        results.write_json(run_dir, FILE_NAME, dataclasses.asdict(run))
        return run

    @classmethod
    def load(cls, run_dir: str) -> "Run":
        """Reads the run of a folder.

        Raises:
            UserError: If there is none.
        """
        values = results.read_json(run_dir, FILE_NAME)
        try:
            config = RecommenderConfig(**values.pop("config"))
            return cls(**{**values, "run_dir": run_dir, "config": config})
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{run_dir}/{FILE_NAME} is of another version of this code; "
                "train again, with a new --run_dir"
            ) from error

    def check_data(self) -> None:
        """Makes sure that the data set is still the one of the training.

        Raises:
            UserError: If it is gone or was prepared anew.
        """
        if Manifest.read(self.data_dir).content_hash != self.content_hash:
            raise UserError(
                f"{self.data_dir} is no longer what {self.run_dir} was trained "
                "on; prepare it with the old options, or train a new run"
            )

    def _check_same(self, old: "Run") -> None:
        if self.content_hash != old.content_hash:
            raise UserError(
                f"{self.run_dir} was started on other data (from "
                f"{old.data_dir}); give another --run_dir"
            )
        new_values = dataclasses.asdict(self.config)
        for name, value in dataclasses.asdict(old.config).items():
            if name not in MAY_CHANGE and new_values[name] != value:
                raise UserError(
                    f"{self.run_dir} was started with --{name}={value}, got "
                    f"{new_values[name]}; give another --run_dir"
                )
