"""Runs a pipeline, and says in a sentence how it failed."""

import tempfile

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from records.errors import UserError


def new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """Returns an empty pipeline.

    Args:
        options: Flags of Beam.

    Raises:
        UserError: If they do not suit the runner.
    """
    try:
        return beam.Pipeline(options=options)
    except ValueError as error:
        raise UserError(f"Beam refuses its flags: {error}") from error


def run_pipeline(pipeline: beam.Pipeline) -> None:
    """Runs a pipeline to its end.

    Args:
        pipeline: The whole job.

    Raises:
        UserError: If it failed. Its text is the last line of what the runner
            said, which names the cause, and a file that holds all of it.
        KeyboardInterrupt: If somebody stopped it.
    """
    try:
        pipeline.run().wait_until_finish()
    except Exception as error:  # Runners wrap what a worker raised.
        lines = [line for line in str(error).splitlines() if line.strip()]
        cause = lines[-1].strip() if lines else type(error).__name__
        if cause.startswith(KeyboardInterrupt.__name__):
            raise KeyboardInterrupt from error
        with tempfile.NamedTemporaryFile(
            "w", prefix="beam-", suffix=".log", delete=False
        ) as file:
            file.write(str(error))
        raise UserError(
            f"the job failed: {cause}; all that the runner said is in "
            f"{file.name}"
        ) from error
