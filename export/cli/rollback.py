"""The `rollback` subcommand, which serves an older version again."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from export.cli.publish_flags import ModelDirOptions
from export.publishing.version import check_model_dir


@dataclasses.dataclass(frozen=True, kw_only=True)
class RollbackOptions(ModelDirOptions):
    """Options of `rollback`."""

    to: int | None = option(
        None,
        "number of the version to publish again (default: the newest one that "
        "is older than the model now served)",
        parse=int,
    )


def _run(args: RollbackOptions) -> None:
    check_model_dir(args.model_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.publishing.rollback import roll_back

    print(f"published {roll_back(args.model_dir, args.to)}")


ROLLBACK = Command(
    "rollback",
    _run,
    (RollbackOptions,),
    summary="serve an older version again",
    description="Publishes a copy of an older version under a new version "
    "number.",
)
