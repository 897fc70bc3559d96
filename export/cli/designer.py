"""The `designer` subcommand, which publishes a designer."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from export.cli.publish_flags import PublishOptions
from export.cli.publish_flags import print_published
from export.publishing.version import check_model_dir
from trainer.design.run_flags import DesignRunsOptions
from trainer.design.search_config import NUM_COMPOSED
from trainer.design.search_config import SearchConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class DesignerOptions(DesignRunsOptions, PublishOptions):
    """Options of `designer` beside those of the search."""

    composed_designs: int = option(
        NUM_COMPOSED,
        "number of composed designs of all categories together, from which "
        "`compose` answers; 0: serve no `compose`",
        least=0,
    )


def _run(options: DesignerOptions, search: SearchConfig) -> None:
    check_model_dir(options.model_dir, "designer")
    options.check_runs()
    # Imported when all flags are checked, because it takes seconds.
    from export.publishing.publish_designer import MODEL
    from export.publishing.publish_designer import export_designer

    version = export_designer(
        options.run_dirs,
        options.gan_run_dir,
        options.model_dir,
        search,
        options.keep,
        options.data_dirs,
        options.composed_designs,
        options.cut_generator,
    )
    print_published(version, MODEL)


DESIGNER = Command(
    "designer",
    _run,
    (DesignerOptions, SearchConfig),
    summary="publish composed designs and a GAN as a new version",
    description="Publishes a designer, which shows designs that a user "
    "likes: garments composed\nahead, if the data set has masks, and images of "
    "a GAN. An image of the GAN costs\n--num_starts x --candidates_per_start "
    "forward passes through all networks, and\n--num_starts x --steps forward "
    "and backward passes. Smaller values answer\nsooner and score lower.",
    # Few starts, because a client waits for the one image that is returned.
    defaults={"num_starts": 4},
)
