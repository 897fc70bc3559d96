"""Pipeline of the nightly run: from the exports of a shop to its recommender.

`python -m pipelines.nightly` compiles it to `pipelines/nightly.yaml`.
"""

import argparse
import pathlib

from kfp import compiler
from kfp import dsl

from pipelines import components
from pipelines.policies import repeatable
from pipelines.policies import verdict
from pipelines.publish import publish

OUTPUT = pathlib.Path(__file__).with_suffix(".yaml")


@dsl.pipeline(
    name="nightly",
    description="Prepares, validates, trains, evaluates and publishes.",
)
def nightly(
    prepare_config: str,
    model_dir: str,
    train_config: str = "",
    pretrain_config: str = "",
    baselines: str = "random,popularity,ease,vis_rank",
    better_than: str = "popularity",
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    keep: int = 3,
    catalog_config: str = "",
    in_stock: str = "",
    prepare_flags: list[str] = [],  # noqa: B006 # Kubeflow takes no None.
) -> None:
    """Trains a recommender on the exports of a shop and publishes it.

    All paths are those in the containers of the steps: a bucket is below /gcs
    on Vertex AI.

    Args:
        prepare_config: YAML file of `prepare`, beside the exports of this
            night. Results are taken from the cache by this path, so each night
            has a folder of its own.
        model_dir: Folder of all versions of the model, which TF Serving reads.
        train_config: YAML file of `train recommender`; empty for the preset
            `auto`.
        pretrain_config: YAML file of `pretrain`, to train the backbone on the
            attributes of the items first; empty to leave that out.
        baselines: Baselines of the evaluation, separated by commas; must
            contain that of better_than.
        better_than: Baseline that a model must not be significantly worse than
            to be published: popularity, ease, vis_rank or none.
        min_auc: Minimum AUC on the test items to be published.
        max_drop: Maximum decrease of the AUC against the served version.
        keep: Number of newest models to keep.
        catalog_config: YAML file of `prepare` for a catalog that is newer than
            the training data; its items replace those of the version. Empty to
            leave that out.
        in_stock: File with the ids of all items in stock: .txt, .csv or
            .parquet. Empty to leave the availability as it is.
        prepare_flags: More flags of `prepare`, such as those of Dataflow.
    """
    data = repeatable(
        components.prepare(config=prepare_config, flags=prepare_flags)
    ).outputs["data"]
    validated = verdict(components.validate(data=data))
    options = {
        "data": data,
        "baselines": baselines,
        "better_than": better_than,
        "min_auc": min_auc,
        "max_drop": max_drop,
        "model_dir": model_dir,
        "keep": keep,
        "catalog_config": catalog_config,
        "prepare_flags": prepare_flags,
        "in_stock": in_stock,
    }
    with dsl.If(pretrain_config != "", name="pretrained backbone"):
        backbone = components.pretrain(data=data, config=pretrain_config)
        repeatable(backbone).after(validated)
        trained = components.train(
            data=data,
            config=train_config,
            backbone=backbone.outputs["backbone"],
        )
        publish(run=repeatable(trained).outputs["run"], **options)
    with dsl.Else(name="backbone of train_config"):
        trained = components.train(data=data, config=train_config)
        repeatable(trained).after(validated)
        publish(run=trained.outputs["run"], **options)


def main(argv: list[str] | None = None) -> None:
    """Compiles the pipeline.

    Args:
        argv: Command-line arguments; those of the process if None.
    """
    parser = argparse.ArgumentParser(
        "python -m pipelines.nightly", description="Compiles the nightly run."
    )
    parser.add_argument(
        "--output",
        default=str(OUTPUT),
        help="YAML file to write (default: pipelines/nightly.yaml)",
    )
    args = parser.parse_args(argv)
    compiler.Compiler().compile(nightly, args.output)


if __name__ == "__main__":
    main()
