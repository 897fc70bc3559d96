"""The `set-availability` subcommand: which items are in stock."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from atelier.io import files
from atelier.io.errors import UserError
from export.cli.publish_flags import PublishOptions
from export.publishing.version import check_model_dir


@dataclasses.dataclass(frozen=True, kw_only=True)
class SetAvailabilityOptions(PublishOptions):
    """Options of `set-availability`."""

    items: str = option(
        ...,
        "file with the ids of all items in stock: .txt (one id per line), .csv "
        "or .parquet",
    )
    item_column: str = option("item_id", "id column of a .csv or .parquet file")
    max_drop: float = option(
        0.5,
        "reject the list if it reduces the number of items in stock by more "
        "than this fraction, because the file may be truncated; 1 turns the "
        "check off",
        parse=float,
    )


def _run(args: SetAvailabilityOptions) -> None:
    if not files.exists(args.items):
        raise UserError(f"--items: there is no file {args.items}")
    check_model_dir(args.model_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.availability.set_availability import publish_in_stock

    version = publish_in_stock(
        args.model_dir,
        args.items,
        args.item_column,
        args.max_drop,
        args.keep,
    )
    print(f"published {version}")


SET_AVAILABILITY = Command(
    "set-availability",
    _run,
    (SetAvailabilityOptions,),
    summary="set which items are in stock, without training",
    description="Publishes a copy of the served version with other items "
    "in stock. From then on\nonly these items are recommended.",
)
