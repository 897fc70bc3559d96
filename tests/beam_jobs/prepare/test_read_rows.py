"""Tables whose files are divided give the same data set."""

import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.testing.util import assert_that
from apache_beam.testing.util import equal_to

from beam_jobs.options import beam_options
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.read_rows import ROWS
from beam_jobs.prepare.read_rows import ReadRows
from beam_jobs.prepare.read_rows import read_chunk
from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.sources.event_log import EVENTS
from beam_jobs.sources.event_log import EventLog
from beam_jobs.tables import blocks
from beam_jobs.tables.row import Row


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)


@pytest.mark.slow
def test_a_data_set_of_blocks(
    shop, flags_of, assert_prepared, tmp_path, small_blocks
):
    prepare.main(flags_of(shop, tmp_path / "data"))

    assert_prepared(tmp_path / "data")


def test_rows_of_blocks_and_of_small_files(tmp_path, small_blocks):
    sizes = {"large": 30, "small": 2, "irregular": 30}
    for name, num_lines in sizes.items():
        lines = [f'{{"event": "{name} {line}"}}' for line in range(num_lines)]
        lines[-1] += " cut"
        indent = " " * (name == "irregular")
        (tmp_path / f"{name}.jsonl").write_text(f"\n{indent}".join(lines))
    log = EventLog.open(f"{tmp_path}/*.jsonl", None)
    chunks = log.chunks(EVENTS)
    assert [bool(log.blocks(EVENTS, chunk)) for chunk in chunks] == [
        True,
        True,
        False,
    ]

    expected = [
        element
        for chunk in chunks
        for element in read_chunk(chunk, log, EVENTS)
    ]
    bad = [one.value for one in expected if isinstance(one, TaggedOutput)]
    rows = [one for one in expected if isinstance(one, Row)]
    assert (len(rows), len(bad)) == (59, 3)
    with new_pipeline(beam_options([], "prog")) as pipeline:
        read = pipeline | ReadRows(log, EVENTS, f"{tmp_path}/started")
        assert_that(read[ROWS], equal_to(rows), label="rows")
        assert_that(read[REJECTED], equal_to(bad), label="rejections")
