"""Entry point of `python -m beam_jobs.prepare`."""

from beam_jobs.logging_setup import quiet_beam

if __name__ == "__main__":
    quiet_beam()
    # Imported after quiet_beam: TensorFlow reads its log level on import.
    from atelier.cli.keras_settings import use_tensorflow
    from atelier.cli.run_command import run_command

    use_tensorflow()  # For the network of `--background white`.
    from beam_jobs.prepare.cli import main

    run_command(main)
