"""Command line of `init`: a folder of exports to a file of flags."""

import dataclasses
import os

from atelier.cli.commands import command_text
from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from beam_jobs.init.decide import decide
from beam_jobs.init.plan import Plan
from beam_jobs.init.sample import read_sample
from beam_jobs.init.write_yaml import yaml_text

EPILOG = """\
examples:
  the exports of a shop in a folder, with or without photos beside them:
    python -m beam_jobs.init shop/
    python -m beam_jobs.prepare --config shop.yaml

  another name of the file, replacing an earlier one:
    python -m beam_jobs.init shop/ --out first_try.yaml --if_exists overwrite
"""
PROGRAM = "python -m beam_jobs.init"


@dataclasses.dataclass(frozen=True, kw_only=True)
class InitOptions(Options):
    """Flags of the folder and of the file."""

    folder: str = option(
        ...,
        "folder with exports as .csv, .tsv, .jsonl or .parquet, of Shopify, "
        "WooCommerce, BigQuery or any other program, and maybe photos",
        flag="folder",
    )
    out: str | None = option(
        None, "file to write (default: the name of the folder, and .yaml)"
    )
    if_exists: str = option(
        "fail",
        "action if the file exists",
        choices=("fail", "overwrite"),
    )


def main(argv: list[str] | None = None) -> None:
    """Writes the file of flags and prints what was found; see `--help`.

    Args:
        argv: Command-line flags; `sys.argv[1:]` if None.

    Raises:
        UserError: If the folder lacks interactions, items or photos, or the
            file exists.
    """
    options = InitOptions.parse(
        argv,
        PROGRAM,
        "Guesses which file and which column of a folder is what, and writes "
        "a --config file\nfor `python -m beam_jobs.prepare`.",
        EPILOG,
    )
    name = os.path.basename(os.path.abspath(options.folder))
    out = options.out or f"{name}.yaml"
    if os.path.exists(out) and options.if_exists == "fail":
        raise UserError(
            f"{out} exists; give another --out, or --if_exists overwrite"
        )
    plan = decide(read_sample(options.folder))
    data_dir = os.path.join("runs", name, "data")
    place = os.path.dirname(out)
    atomic_write(out, yaml_text(plan, options.folder, data_dir, place))
    for line in _report(plan, out):
        print(line)


def _report(plan: Plan, out: str) -> list[str]:
    command = command_text("prepare", "--config", out)
    return [
        *plan.found,
        *(f"unsure: {sentence}" for sentence in plan.unsure),
        *(f"left out: {sentence}" for sentence in plan.left_out),
        f"wrote {out}, with the evidence of each guess; look at it; next: "
        f"{command}",
    ]
