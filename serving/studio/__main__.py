"""The command `python -m serving.studio`."""

from atelier.cli.logging_setup import quiet_tensorflow

if __name__ == "__main__":
    quiet_tensorflow()
    # TensorFlow reads its log level when it is imported.
    from atelier.cli.run_command import run_command
    from serving.studio.cli import main

    run_command(main)
