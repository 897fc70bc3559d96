"""The command `python -m serving.ab_report`."""

from atelier.cli.run_command import run_command
from serving.experiments.report_cli import main

if __name__ == "__main__":
    run_command(main)
