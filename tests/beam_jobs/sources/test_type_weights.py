from beam_jobs.sources.type_weights import weigh_types
from beam_jobs.tables.table import BadRow


def test_a_row_that_cannot_be_read_stays_rejected():
    bad = BadRow(("a.csv", 1), "ragged", "3 values of 2 columns")

    assert list(weigh_types([bad], {"buy": 1.0})) == [bad]
