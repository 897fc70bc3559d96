"""Entry point of `python -m beam_jobs.init`."""

from beam_jobs.logging_setup import quiet_beam

if __name__ == "__main__":
    quiet_beam()
    # Imported after quiet_beam: TensorFlow reads its log level on import.
    from atelier.cli.run_command import run_command
    from beam_jobs.init.cli import main

    run_command(main)
