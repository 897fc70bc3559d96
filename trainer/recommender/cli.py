"""The `recommender` command of `trainer.task`: trains the two towers."""

from atelier.cli.commands import command_text
from atelier.cli.flags import Command
from atelier.io import files
from atelier.io.errors import UserError
from trainer.recommender.config import RecommenderConfig
from trainer.training import cluster
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.parameter_servers import ending_servers
from trainer.training.parameter_servers import serve
from trainer.training.run import Run
from trainer.training.run_flags import TrainingDirsOptions


def _run(config: RecommenderConfig, dirs: TrainingDirsOptions) -> None:
    if config.weights and not files.exists(config.weights):
        raise UserError(f"--weights: there is no file {config.weights}")
    if cluster.is_server():
        serve(dirs.run_dir)
        return
    with ending_servers(dirs.run_dir):
        run = Run.start(worker_run_dir(dirs.run_dir), dirs.data_dir, config)
        # Imported when all flags are checked, because it takes seconds.
        from trainer.recommender.train import train

        train(run, verbosity())
    evaluate = command_text("evaluate recommender", "--run_dir", run.run_dir)
    print(f"trained into {run.run_dir}; next: {evaluate}")


RECOMMENDER = Command(
    "recommender",
    _run,
    (RecommenderConfig, TrainingDirsOptions),
    summary="train the two-tower recommender from images and interactions",
)
