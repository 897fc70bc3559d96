"""The `set-boosts` subcommand: boosted, pinned and buried items."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from atelier.io import files
from atelier.io.errors import UserError
from export.cli.publish_flags import PublishOptions
from export.publishing.version import check_model_dir


@dataclasses.dataclass(frozen=True, kw_only=True)
class SetBoostsOptions(PublishOptions):
    """Options of `set-boosts`."""

    boosts: str = option(
        ...,
        "table of all boosts, .csv or .parquet; one without rows removes all",
    )
    item_column: str = option("item_id", "id column of the table")
    boost_column: str = option(
        "boost",
        "column of the boosts of the table: a number, pin, bury, or nothing",
    )


def _run(args: SetBoostsOptions) -> None:
    if not files.exists(args.boosts):
        raise UserError(f"--boosts: there is no file {args.boosts}")
    check_model_dir(args.model_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.availability.set_boosts import publish_boosts

    version = publish_boosts(
        args.model_dir,
        args.boosts,
        args.item_column,
        args.boost_column,
        args.keep,
    )
    print(f"published {version}")


SET_BOOSTS = Command(
    "set-boosts",
    _run,
    (SetBoostsOptions,),
    summary="boost, pin or bury items, without training",
    description="""\
Publishes a copy of the served version with the boosts of a table:

  item_id,boost
  dress-17,pin
  dress-3,0.5
  coat-8,-1
  hat-21,bury

A pinned item is first in every list that may hold it, several in the order of
the table. A number is added to the score of the item, in standard deviations
of the scores that the user gives to the items of the catalog: 0.5 is a nudge,
3 brings most items into most lists. A buried item comes after all others.
Stock, filters, exclusions and owned items still hold. Similar items and
searches are not boosted.""",
    epilog="""\
examples:
  python -m export.task set-boosts --boosts boosts.csv \\
    --model_dir runs/demo/models/recommender

  end of the campaign: a table with a header and no rows removes all boosts
  echo item_id,boost > none.csv
  python -m export.task set-boosts --boosts none.csv \\
    --model_dir runs/demo/models/recommender
""",
)
