"""End of a job: checks of its summary, then the manifest.

The state at the start is in a file, so that a job whose launcher was lost can
be completed from the files that its workers have written.
"""

import dataclasses
import json
from typing import Any

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.prepare.dataset_dir import LAUNCH
from beam_jobs.prepare.dataset_dir import STAGED
from beam_jobs.prepare.dataset_dir import SUMMARY
from beam_jobs.prepare.dataset_dir import data_folder
from beam_jobs.prepare.hot_keys import hot_lines
from beam_jobs.prepare.pseudonyms import HASHED_EMAILS
from beam_jobs.prepare.rejections import CHOICES
from beam_jobs.prepare.rejections import FATAL
from beam_jobs.prepare.rejections import example_of
from beam_jobs.prepare.summary import cutout_lines
from beam_jobs.prepare.summary import emails_line
from beam_jobs.prepare.summary import kept_line
from beam_jobs.prepare.summary import read_summary
from beam_jobs.prepare.summary import times_lines
from beam_jobs.prepare.summary import unused_line
from beam_jobs.prepare.triple_form import form_line
from beam_jobs.prepare.triple_form import form_of_counts
from beam_jobs.shards import atomic_beam_write
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS

_IMAGE_OPTIONS = ("image_size", "resize", "background")


@dataclasses.dataclass(frozen=True)
class Launch:
    """State of a job at its start, which its end needs.

    Attributes:
        options: Flags of the job, {name: value}, as in the manifest.
        versions: Library versions, {name: version}.
        notes: Sentences of the source on the data.
        unused_columns: Columns of the tables that are not read.
    """

    options: dict[str, Any]
    versions: dict[str, str]
    notes: list[str]
    unused_columns: list[str]

    def write(self, data_dir: str) -> None:
        """Writes the file to the staging folder of a data set."""
        atomic_beam_write(  # It creates the folder.
            paths.join(data_dir, LAUNCH),
            json.dumps(dataclasses.asdict(self)).encode(),
        )

    @classmethod
    def read(cls, data_dir: str) -> "Launch":
        """Reads the file of `write`."""
        return cls(**json_files.read_json(data_dir, LAUNCH))


def finish(data_dir: str) -> tuple[Manifest, list[str]]:
    """Completes a data set whose job has ended.

    Args:
        data_dir: Folder of the data set.

    Returns:
        The manifest, and sentences on how the tables were read.

    Raises:
        UserError: If the folder holds no such job, the job has not ended, or
            the data are bad.
    """
    if not json_files.exists(data_dir, LAUNCH):
        raise UserError(
            f"{data_dir} holds no job of prepare to complete; run prepare"
        )
    if not json_files.exists(data_dir, SUMMARY):
        raise UserError(
            f"the job that fills {data_dir} has not ended: {SUMMARY} is not "
            "written; wait for it, or run prepare again if it failed"
        )
    launch = Launch.read(data_dir)
    summary = read_summary(paths.join(data_dir, SUMMARY))
    told = {
        name: summary.pop(name) for name in ("dropped_users", HASHED_EMAILS)
    }
    options, counts = launch.options, summary["counts"]
    _check_read(summary["rejected"], data_dir)
    _check_rejected(summary, options["max_rejected"], data_dir)
    _check_counts(counts, options, data_dir)
    manifest = Manifest(
        **{name: options[name] for name in _IMAGE_OPTIONS},
        options=options,
        versions=launch.versions,
        **summary,
        triples=form_of_counts(options["triples"], counts),
    )
    manifest.write(data_dir)
    folder = data_folder(data_dir)
    folder.delete(*STAGED)
    folder.finish()
    return manifest, _notes(launch, manifest, told)


def _notes(
    launch: Launch, manifest: Manifest, told: dict[str, Any]
) -> list[str]:
    """Returns lines for the terminal.

    Args:
        launch: Start of the job.
        manifest: Manifest of the data set.
        told: Counts of the summary that are not in the manifest.
    """
    options, counts = launch.options, manifest.counts
    least = options["min_user_interactions"]
    return [
        *launch.notes,
        *times_lines(manifest.times),
        *cutout_lines(manifest.cutouts),
        kept_line(counts["users"], told["dropped_users"], least),
        *emails_line(told[HASHED_EMAILS]),
        *hot_lines(manifest.hot_keys),
        form_line(options["triples"], counts),
        *unused_line(launch.unused_columns),
    ]


def _check_read(rejected: dict[str, dict[str, int]], data_dir: str) -> None:
    for table, reasons in rejected.items():
        for reason in FATAL:
            if reason in reasons:
                raise UserError(
                    f"a file of the {table} table is cut short or damaged, see "
                    f"{reason} in {data_dir}/rejected; replace the file"
                )


def _check_rejected(
    summary: dict[str, Any], max_rejected: float, data_dir: str
) -> None:
    # Ordered by cause: an item without a photo is rejected, and then so are
    # its interactions.
    for table in (PHOTOS, ITEMS, EVENTS, INTERACTIONS):
        reasons = summary["rejected"].get(table, {})
        bad = {one: n for one, n in reasons.items() if one not in CHOICES}
        # One table may hold the interactions and also the items or photos.
        rows = summary["rows"].get(table) or summary["rows"][INTERACTIONS]
        if sum(bad.values()) > max_rejected * rows:
            listed = ", ".join(f"{n} {name}" for name, n in bad.items())
            example = example_of(
                data_dir, table, max(bad, key=lambda name: bad[name])
            )
            advice = ", set --time_format" if "bad_time" in bad else ""
            raise UserError(
                f"{sum(bad.values())} of {rows} rows of the {table} table are "
                f"bad ({listed}), more than --max_rejected={max_rejected:g}"
                f"{example}; correct them, see {data_dir}/rejected{advice}, or "
                "raise the limit"
            )


def _check_counts(
    counts: dict[str, int], options: dict[str, Any], data_dir: str
) -> None:
    seen = f"see {data_dir}/rejected"
    if not counts["users"]:
        least = options["min_user_interactions"]
        raise UserError(
            f"no user has {least} interactions with "
            f"items that have a photo; {seen}, or lower "
            "--min_user_interactions"
        )
    if counts["items"] < options["min_items"]:
        raise UserError(
            f"only {counts['items']} items are left, fewer than --min_items="
            f"{options['min_items']}; {seen}, or lower --min_items"
        )
    for split in paths.SPLITS:
        if not counts[split]:
            raise UserError(
                f"--split {options['split']} leaves no {split} interactions; "
                f"{seen}, or change the dates, --new_item_share or --seed"
            )
