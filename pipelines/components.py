"""Steps of the pipelines: each calls commands of Atelier in its image.

They are lightweight Python components, because kfp's local runner runs no
others. Kubeflow copies the source of a function alone into the pipeline, so
each has its own imports. It keeps folders as artifacts: a step gets those of
the steps before it and leaves them as they are, but for the reports of
`validate`, which stand beside the data.
"""

from kfp import dsl

IMAGE = "${IMAGE}"
"""Target `pipeline` of the Dockerfile; `envsubst` writes its name."""


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def prepare(
    config: str, flags: list[str], data: dsl.Output[dsl.Dataset]
) -> None:
    """Prepares a data set from tables and photos.

    Args:
        config: YAML file of `prepare`.
        flags: More flags, such as those of Dataflow.
        data: Data set.
    """
    import subprocess

    # Workers on other machines have no mount of the bucket.
    remote = "dataflow" in " ".join(flags).lower()
    command = [
        "atelier",
        "prepare",
        f"--config={config}",
        f"--data_dir={data.uri if remote else data.path}",
        "--if_exists=overwrite",  # Of an attempt before.
        *flags,
    ]
    subprocess.run(command, check=True)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate(
    data: dsl.Input[dsl.Dataset], report: dsl.Output[dsl.HTML]
) -> None:
    """Validates a data set, and fails if it has anomalies.

    Args:
        data: Data set.
        report: Statistics and anomalies.
    """
    import shutil
    import subprocess

    command = ["atelier", "validate", f"--data_dir={data.path}"]
    subprocess.run(command, check=True)
    shutil.copy(f"{data.path}/statistics.html", report.path)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def pretrain(
    data: dsl.Input[dsl.Dataset], config: str, backbone: dsl.Output[dsl.Model]
) -> None:
    """Trains a backbone to predict the attributes of the items.

    Args:
        data: Data set.
        config: YAML file of `pretrain`.
        backbone: Run of the backbone.
    """
    import subprocess

    command = [
        "atelier",
        "pretrain",
        f"--config={config}",
        f"--data_dir={data.path}",
        f"--run_dir={backbone.path}",
    ]
    subprocess.run(command, check=True)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train(
    data: dsl.Input[dsl.Dataset],
    config: str,
    run: dsl.Output[dsl.Model],
    backbone: dsl.Input[dsl.Model] = None,
) -> None:
    """Trains the two-tower recommender.

    Args:
        data: Data set.
        config: YAML file of `train recommender`; empty for the preset `auto`.
        run: Run of the recommender.
        backbone: Run of a pretrained backbone.
    """
    import subprocess

    command = [
        "atelier",
        "train",
        "recommender",
        f"--data_dir={data.path}",
        f"--run_dir={run.path}",
    ]
    if config:
        command.append(f"--config={config}")
    if backbone:
        command.append(f"--weights={backbone.path}/backbone.npz")
    subprocess.run(command, check=True)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    baselines: str,
    evaluated: dsl.Output[dsl.Model],
    metrics: dsl.Output[dsl.Metrics],
    report: dsl.Output[dsl.HTML],
) -> None:
    """Measures a recommender on the test items, beside baselines.

    Args:
        run: Run of the recommender.
        data: Data set that it was trained on.
        baselines: Baselines, separated by commas.
        evaluated: Copy of the run, with its evaluation.
        metrics: Means over the users.
        report: Evaluation with charts and examples.
    """
    import json
    import pathlib
    import shutil
    import subprocess

    shutil.copytree(run.path, evaluated.path, dirs_exist_ok=True)
    command = [
        "atelier",
        "evaluate",
        "recommender",
        f"--run_dir={evaluated.path}",
        f"--data_dir={data.path}",
        f"--baselines={baselines}",
    ]
    subprocess.run(command, check=True)
    shutil.copy(f"{evaluated.path}/evaluation.html", report.path)
    shutil.copy(f"{evaluated.path}/metrics.json", metrics.path)
    results = json.loads(pathlib.Path(metrics.path).read_text())
    for model, groups in results["models"].items():
        for metric, mean in groups["all"].items():
            metrics.log_metric(f"{model} {metric}", mean)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def gate(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    model_dir: str,
    better_than: str,
    min_auc: float,
    max_drop: float,
) -> str:
    """Checks the metrics of a run, and fails if it must not be published.

    Args:
        run: Evaluated run.
        data: Data set that it was trained on.
        model_dir: Folder of all versions of the model.
        better_than: Baseline that it must not be significantly worse than.
        min_auc: Minimum AUC on the test items.
        max_drop: Maximum decrease of the AUC against the served version.

    Returns:
        Verdict, one sentence.
    """
    import subprocess

    command = [
        "atelier",
        "gate",
        f"--run_dir={run.path}",
        f"--data_dir={data.path}",
        f"--model_dir={model_dir}",
        f"--better_than={better_than}",
        f"--min_auc={min_auc}",
        f"--max_drop={max_drop}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout.strip()


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def export(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    model_dir: str,
    better_than: str,
    keep: int,
) -> str:
    """Publishes a run as a new version.

    Args:
        run: Evaluated run.
        data: Data set that it was trained on.
        model_dir: Folder of all versions of the model.
        better_than: Baseline that it must not be significantly worse than.
        keep: Number of models to keep.

    Returns:
        Folder of the new version, and how to look at it.
    """
    import subprocess

    command = [
        "atelier",
        "export",
        "recommender",
        f"--run_dir={run.path}",
        f"--data_dir={data.path}",
        f"--model_dir={model_dir}",
        f"--better_than={better_than}",
        f"--keep={keep}",
    ]
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def refresh_items(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    catalog: dsl.Input[dsl.Dataset],
    model_dir: str,
    keep: int,
) -> str:
    """Publishes the served run with the items of a newer catalog.

    Args:
        run: Run that is served.
        data: Data set that it was trained on.
        catalog: Data set with the items.
        model_dir: Folder of all versions of the model.
        keep: Number of models to keep.

    Returns:
        Folder of the new version, and how to look at it.
    """
    import subprocess

    command = [
        "atelier",
        "refresh-items",
        f"--run_dir={run.path}",
        f"--run_data_dir={data.path}",
        f"--data_dir={catalog.path}",
        f"--model_dir={model_dir}",
        f"--keep={keep}",
    ]
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def set_availability(in_stock: str, model_dir: str, keep: int) -> str:
    """Publishes the served version with other items in stock.

    Args:
        in_stock: File with the ids of all items in stock.
        model_dir: Folder of all versions of the model.
        keep: Number of models to keep.

    Returns:
        Folder of the new version.
    """
    import subprocess

    command = [
        "atelier",
        "set-availability",
        f"--items={in_stock}",
        f"--model_dir={model_dir}",
        f"--keep={keep}",
    ]
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
