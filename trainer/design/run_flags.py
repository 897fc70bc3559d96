"""Flags of the design commands, without the parameters of the search."""

import dataclasses
import urllib.parse

from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io import files
from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.gan.config import GanConfig
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run
from trainer.training.run_flags import DataDirsOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class DesignRunsOptions(DataDirsOptions):
    """Folders of the recommender and GAN runs."""

    run_dir: str = option(..., "folder of a recommender run")
    ensemble_run_dirs: tuple[str, ...] = option(
        (),
        "folders of further recommender runs on the same data, separated by "
        "commas, preferably with another --backbone, --seed or --image_size; "
        "designs maximize the mean preference of all runs (default: none)",
        parse=listed,
        action="store",
        metavar="DIRS",
    )
    gan_run_dir: str = option(
        "", "folder of a GAN run (default: none, designs are composed)"
    )
    cut_generator: str = option(
        "",
        "file of a generator of cuts, which `gan --preset cuts` writes: "
        "composed designs have cuts of items, and as many have drawn cuts "
        "(default: none)",
    )

    @property
    def run_dirs(self) -> list[str]:
        """Folders of all recommender runs, `run_dir` first."""
        return [self.run_dir, *self.ensemble_run_dirs]

    def check_runs(self) -> None:
        """Checks the runs and their data sets before slow imports.

        Raises:
            UserError: If a folder holds no such run, or a data set or a file is
                missing.
        """
        for run_dir in self.run_dirs:
            Run.load(run_dir, RecommenderConfig, self.data_dirs).check_data()
        if self.gan_run_dir:
            Run.load(self.gan_run_dir, GanConfig)
        if self.cut_generator and not files.exists(self.cut_generator):
            raise UserError(
                f"--cut_generator: there is no file {self.cut_generator}"
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class DesignOptions(DesignRunsOptions):
    """Options of the `design` command, without the parameters of the search.

    Example:
        options = DesignOptions(
            run_dir="runs/mine", users=("204",), out="designs"
        )
        make_composed(options, DesignConfig(count=4))
    """

    users: tuple[str, ...] = option(
        (),
        "id of a training user; may be repeated, then each has a folder in "
        "--out, named after the id",
        flag="--user",
        metavar="USER",
    )
    seed_items: tuple[str, ...] = option(
        (),
        "ids of items that a cold-start user likes, separated by commas or one "
        "flag per item; instead of --user",
    )
    category: str = option(
        "",
        "category of the designs (default: the most frequent category of the "
        "user's items; of --source gan: among those that the GAN generates)",
    )
    photo: str = option(
        "",
        "image file to restyle, instead of generating new designs; requires "
        "--category",
    )
    out: str = option(..., "output folder for PNGs, contact sheet and JSON")

    @property
    def user(self) -> str:
        """Id of the only user, "" for none."""
        return "".join(self.users)

    def of_each_user(self) -> list["DesignOptions"]:
        """Returns the options for one user each; these for at most one."""
        if len(self.users) < 2:
            return [self]
        return [
            dataclasses.replace(
                self,
                users=(user,),
                out=paths.join(self.out, urllib.parse.quote(user, safe="")),
            )
            for user in self.users
        ]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComparisonOptions(DesignRunsOptions):
    """Options of `compare-designs`, without the parameters of the search.

    Example:
        options = ComparisonOptions(
            run_dir="runs/mine", gan_run_dir="runs/gan", out="compared"
        )
        compare_users(options, ComparisonConfig(num_users=10))
    """

    judge_run_dir: str = option(
        "",
        "folder of another recommender run, which also scores all images "
        "(default: none)",
    )
    categories: tuple[str, ...] = option(
        (),
        "category names, separated by commas (default: all categories of the "
        "GAN; without one, of the data set)",
        parse=listed,
        action="store",
    )
    out: str = option(
        ...,
        "output folder for the table, the JSON file, the image and the page "
        "for human raters",
    )
