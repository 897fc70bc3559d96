"""Reads the flags that go to Beam."""

from apache_beam.options.pipeline_options import PipelineOptions

from records.errors import UserError


def beam_options(flags: list[str], program: str) -> PipelineOptions:
    """Reads Beam's flags; Beam itself drops unknown ones without a word.

    Args:
        flags: What the command's own parser did not take.
        program: Name of the command, for the sentence.

    Raises:
        UserError: If Beam does not know one of them either.
    """
    options = PipelineOptions(flags)
    known = options.get_all_options()
    every = options.get_all_options(retain_unknown_options=True)
    unknown = sorted(set(every) - set(known))
    positional = [flag for flag in flags[:1] if not flag.startswith("-")]
    if unknown or positional:
        name = f"--{unknown[0]}" if unknown else repr(positional[0])
        raise UserError(
            f"neither this job nor Beam knows {name}; see {program} --help"
        )
    return options
