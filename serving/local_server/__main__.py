"""The command `python -m serving.local_server`."""

from atelier.cli.logging_setup import quiet_tensorflow

if __name__ == "__main__":
    quiet_tensorflow()
    # TensorFlow reads its log level when it is imported.
    import sys

    from serving.local_server.cli import main

    sys.exit(main())
