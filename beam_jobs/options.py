"""Reads the flags that go to Beam."""

import argparse

from apache_beam.options.pipeline_options import PipelineOptions

from records.errors import UserError


def beam_options(flags: list[str], program: str) -> PipelineOptions:
    """Reads Beam's flags; Beam itself drops unknown ones without a word.

    A wrong value would show all of Beam's flags, some hundreds of lines.

    Args:
        flags: What the command's own parser did not take.
        program: Name of the command, for the sentence.

    Raises:
        UserError: If Beam does not know one of them either, or its value.
    """

    def check(parser: argparse.ArgumentParser) -> None:
        parser.exit_on_error = False
        try:
            unknown = parser.parse_known_args(flags)[1]
        except argparse.ArgumentError as error:
            raise UserError(f"{error}; see {program} --help") from error
        if unknown:
            raise UserError(
                f"neither this job nor Beam knows {unknown[0].split('=')[0]}; "
                f"see {program} --help"
            )

    options = PipelineOptions(flags)
    # The one way in which Beam hands out a parser that knows all its flags.
    options.get_all_options(add_extra_args_fn=check)
    return options
