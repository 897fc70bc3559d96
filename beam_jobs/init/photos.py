"""Photos of the items: bytes, paths or URLs in a column, or files by id."""

import dataclasses
import ipaddress
import itertools
import os
import urllib.parse
from collections.abc import Iterable
from collections.abc import Iterator

from beam_jobs.init.column_contents import share_of_images
from beam_jobs.init.joins import Log
from beam_jobs.init.joins import joins_of
from beam_jobs.init.joins import ranked
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import Sample
from beam_jobs.init.sample import SampledColumn
from beam_jobs.init.sample import SampledTable
from beam_jobs.prepare.image_paths import local_spellings

SECTION = "Photos"
_PATHS_TRIED = 50


@dataclasses.dataclass(frozen=True)
class PhotoGuess:
    """Where the photos of the items are.

    Attributes:
        share: Share of the items with a photo, from 0 to 1.
        settings: Settings of the photos.
        column: Column of paths or URLs; None for others.
    """

    share: float
    settings: tuple[Setting, ...]
    column: SampledColumn | None = None


def add_photos(plan: Plan, log: Log, sample: Sample) -> PhotoGuess | None:
    """Adds the settings of the photos to the plan.

    Args:
        plan: Plan with the settings of the items.
        log: Interactions and items.
        sample: Tables and photos of the folder.

    Returns:
        The photos; None if there are none.
    """
    fills = plan.value_of("fill_from_group") is not None
    guesses = [
        *_in_table(log, log.items, fills),
        *(
            guess
            for table in sample.tables
            if table not in (log.items, log.table)
            for guess in _in_table(log, table, fills)
        ),
        *_in_folder(log, sample),
    ]
    # Of equal ones `max` returns the first.
    best = max(guesses, key=lambda guess: round(guess.share, 2), default=None)
    if best is None:
        return None
    plan.add(SECTION, *best.settings)
    if best.column is not None:
        _add_place(plan, best.column, log, sample)
    return best


def _in_table(
    log: Log, table: SampledTable, fills: bool
) -> Iterator[PhotoGuess]:
    items = set(log.join.other.distinct)
    if table is log.items:
        key, where = log.join.other, []
    else:
        joins = joins_of(log.items, table)
        if not joins or joins[0].column.name != log.join.other.name:
            return
        found = joins[0]
        key = found.other
        where = [Setting("photos", table.path, f"{table.num_rows:,} rows read")]
        if key.name != log.join.column.name:
            where.append(
                Setting(
                    "photos_item_column",
                    key.name,
                    f"{found.share:.0%} of the items are in it",
                )
            )
    for column in _image_columns(table):
        with_photo = {
            one
            for one, value in zip(key.values, column.values, strict=False)
            if value is not None or column.holds_bytes
        }
        share = len(items & with_photo) / max(1, len(items))
        if fills and table is log.items:
            share = 1.0
        evidence = (
            "holds bytes"
            if column.holds_bytes
            else f"images, such as {column.given[0][:60]}"
        )
        setting = Setting("photo_column", column.name, evidence)
        paths = None if column.holds_bytes else column
        yield PhotoGuess(share, (*where, setting), paths)


def _image_columns(table: SampledTable) -> list[SampledColumn]:
    """Returns the columns of images, those with usual names first."""
    named = ranked(table, "photo_column")
    others = [one for one in table.columns.values() if one not in named]
    return [
        one
        for one in (*named, *others)
        if (one.holds_bytes and one.name != "mask")
        or share_of_images(one) >= 0.5
    ]


def _in_folder(log: Log, sample: Sample) -> Iterator[PhotoGuess]:
    """Yields the photos that are files named after the items."""
    items = log.join.other.distinct.keys()
    named = {
        path
        for path in sample.photos
        if os.path.splitext(os.path.basename(path))[0] in items
    }
    if not named:
        return
    stems = {os.path.splitext(os.path.basename(path))[0] for path in named}
    folder = os.path.commonpath([os.path.dirname(path) for path in named])
    evidence = f"{len(stems):,} photos are named after items"
    yield PhotoGuess(
        len(stems) / len(items), (Setting("photos", folder, evidence),)
    )


def _add_place(
    plan: Plan, column: SampledColumn, log: Log, sample: Sample
) -> None:
    """Adds the folder of relative paths, or the hosts of private URLs."""
    values = column.given[:_PATHS_TRIED]
    hosts = {
        urllib.parse.urlsplit(one.split(",")[0]).hostname for one in values
    }
    private = sorted(host for host in hosts if host and _is_private(host))
    if private:
        evidence = "hosts in a private network are refused unless named"
        plan.add(
            SECTION,
            Setting("photo_hosts", ",".join(private), evidence, False),
        )
        plan.unsure.append(
            f"whether photos may be read from {', '.join(private)}: remove "
            "the # before photo_hosts"
        )
    if any(hosts):
        return
    path = str(
        plan.value_of("photos") or plan.value_of("items") or log.table.path
    )
    folder = _folder_of(values, os.path.dirname(path), sample)
    if folder is None:
        plan.unsure.append(
            f"where the photos are: no file {values[0]!r} in {sample.folder}; "
            "set photo_root"
        )
    elif folder != os.path.dirname(path):
        plan.add(
            SECTION,
            Setting("photo_root", folder, f"the folder of {values[0]}"),
        )


def _folder_of(
    values: Iterable[str], default: str, sample: Sample
) -> str | None:
    """Returns the folder that relative paths start from, None if unknown."""
    subfolders = (place for place, _, _ in os.walk(sample.folder))
    for folder in itertools.chain([default], subfolders):
        if any(_is_in(folder, one) for one in values):
            return os.path.normpath(folder)
    return None


def _is_in(folder: str, path: str) -> bool:
    """Returns whether `prepare` would find a path in a folder."""
    root = os.path.realpath(folder)
    return any(
        os.path.isfile(os.path.join(root, one))
        for one in local_spellings(root, path)
    )


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".intern", ".lan"))
