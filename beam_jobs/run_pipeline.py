"""Runs a pipeline, and says in a sentence how it failed."""

import tempfile

import apache_beam as beam
from apache_beam.options.pipeline_options import FlinkRunnerOptions
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineResult

from atelier.io.errors import UserError
from beam_jobs.engines.failure import cause_of_failure


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
        UserError: If it failed. Its text is the cause, one line of the
            runner's error or of the job server's messages, and a file that
            holds all of both.
        KeyboardInterrupt: If somebody stopped it.
    """
    result = None
    try:
        result = pipeline.run()
        result.wait_until_finish()
    except Exception as error:  # Runners wrap what a worker raised.
        messages = _messages(result)
        flink = pipeline.options.view_as(FlinkRunnerOptions).flink_master
        cause = cause_of_failure(str(error), messages, flink)
        cause = cause or type(error).__name__
        if cause.startswith(KeyboardInterrupt.__name__):
            raise KeyboardInterrupt from error
        with tempfile.NamedTemporaryFile(
            "w", prefix="beam-", suffix=".log", delete=False
        ) as file:
            file.write("\n\n".join([str(error), *messages]))
        raise UserError(
            f"the job failed: {cause}; all that the runner said is in "
            f"{file.name}"
        ) from error


def _messages(result: PipelineResult | None) -> list[str]:
    """Returns the messages of a portable runner's job server.

    Beam logs them at levels down to DEBUG, where the stack trace is, and
    keeps them in a private attribute; other runners have none.
    """
    return [
        message.message_response.message_text
        for message in getattr(result, "_messages", ())
        if message.HasField("message_response")
    ]
