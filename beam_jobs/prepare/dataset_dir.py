"""Folder of a prepared data set and the files that the jobs write to it."""

from atelier.schema import paths
from beam_jobs.output_dir import JobFolder
from beam_jobs.prepare.decode_images import STAGING

LAUNCH = f"{STAGING}/launch.json"
"""File with the state of a job at its start, for its end."""
STARTED = f"{STAGING}/started"
"""Empty file that the first worker of a job writes."""
SUMMARY = f"{STAGING}/summary.json"
"""File with the counts of a job, its last file."""
STAGED = (
    f"{STAGING}/*-of-*.tfrecord",
    f"{STAGING}/vocab-*-*.txt",
    LAUNCH,
    STARTED,
    SUMMARY,
)
"""Glob patterns of the temporary files of a running job."""
STATISTICS = (
    *(
        f"statistics/{prefix}{name}.tfrecord"
        for name in ("items", "users", *paths.SPLITS)
        for prefix in ("", "baseline-")
    ),
    *(f"statistics/skew-{name}.tfrecord" for name in ("results", "pairs")),
)
"""Paths of the statistics that the Beam job of `validate` writes."""
WRITTEN = (
    paths.SCHEMA,
    paths.ANOMALIES,
    paths.STATISTICS_PAGE,
    paths.SKEW,
    paths.IDENTICAL_PHOTOS,
    "items/items-*-of-*.tfrecord.gz",
    *(
        f"triples/{split}-*-of-*.tfrecord.gz"
        for split in (*paths.SPLITS, paths.NEGATIVE)
    ),
    "users/users-*-of-*.tfrecord.gz",
    *(f"vocab/{name}.txt" for name in ("users", "items", "categories")),
    *STATISTICS,
    "rejected/rejected-*-of-*.jsonl",
    "rejected/photos/photos-*-of-*.jsonl",
    *STAGED,
)
"""Glob patterns of all files of `prepare` and `validate` but the manifest."""


def data_folder(data_dir: str) -> JobFolder:
    """Returns the folder of a data set, as the job output folder."""
    return JobFolder(
        path=data_dir,
        flag="--data_dir",
        content="a data set",
        done=paths.MANIFEST,
        done_key="format_version",
        unfinished="prepare.unfinished",
        written=WRITTEN,
    )
