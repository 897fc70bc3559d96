"""A run: one configuration on one data set, and the folder of its results."""

import dataclasses

import tensorflow as tf

from records import results
from records.errors import UserError
from records.manifest import Manifest
from trainer.config import RecommenderConfig

FILE_NAME = "run.json"


@dataclasses.dataclass(frozen=True)
class Run:
    """What must be known to repeat, resume, evaluate or export a run.

    Attributes:
        run_dir: Folder of checkpoints, history, metrics and logs.
        data_dir: The prepared data set.
        content_hash: Hash of that data set.
        image_size: Side of its photos, in pixels.
        config: The configuration.
    """

    run_dir: str
    data_dir: str
    content_hash: str
    image_size: int
    config: RecommenderConfig

    @classmethod
    def start(
        cls, run_dir: str, data_dir: str, config: RecommenderConfig
    ) -> "Run":
        """Starts a run, or takes up the one that is there.

        Raises:
            UserError: If the data set is not finished, or the folder holds a
                run of other data or another configuration. More or fewer
                epochs are no other configuration.
        """
        manifest = Manifest.read(data_dir)
        run = cls(
            run_dir,
            data_dir,
            manifest.content_hash,
            manifest.image_size,
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
        config = RecommenderConfig(**values.pop("config"))
        return cls(**{**values, "run_dir": run_dir, "config": config})

    def _check_same(self, old: "Run") -> None:
        if self.content_hash != old.content_hash:
            raise UserError(
                f"{self.run_dir} was started on other data (from "
                f"{old.data_dir}); give another --run_dir"
            )
        new_values = dataclasses.asdict(self.config)
        for name, value in dataclasses.asdict(old.config).items():
            if name != "epochs" and new_values[name] != value:
                raise UserError(
                    f"{self.run_dir} was started with --{name}={value}, got "
                    f"{new_values[name]}; give another --run_dir"
                )
