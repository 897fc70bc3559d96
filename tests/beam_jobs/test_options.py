"""Beam's flags pass through; others end with a sentence."""

import pytest
from apache_beam.options.pipeline_options import DirectOptions

from beam_jobs.options import beam_options
from records.errors import UserError


def test_known_flags():
    options = beam_options(
        ["--direct_num_workers=2", "--runner", "DirectRunner"], "prog"
    )

    assert options.view_as(DirectOptions).direct_num_workers == 2


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--imag_size=3"], "--imag_size"),
        (["--direct-num-workers=2"], "--direct-num-workers"),
        (["oops"], "oops"),
        (["--runner=DirectRunner", "oops"], "oops"),
        (["-x"], "-x"),
    ],
)
def test_unknown_flags(flags, name):
    with pytest.raises(UserError) as caught:
        beam_options(flags, "prog")

    assert str(caught.value) == (
        f"neither this job nor Beam knows {name}; see prog --help"
    )


def test_a_wrong_value_does_not_show_all_of_beams_flags(capsys):
    with pytest.raises(UserError, match="--direct_num_workers: invalid int"):
        beam_options(["--direct_num_workers=two"], "prog")

    assert capsys.readouterr() == ("", "")
