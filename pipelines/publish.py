"""Pipeline from a trained run to the version that is served."""

from kfp import dsl

from pipelines import components
from pipelines.policies import once
from pipelines.policies import repeatable
from pipelines.refresh import refresh


@dsl.pipeline(
    name="publish",
    description="Evaluates a run and publishes it if it is good.",
)
def publish(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    baselines: str,
    better_than: str,
    min_auc: float,
    max_drop: float,
    model_dir: str,
    keep: int,
    catalog_config: str,
    prepare_flags: list[str],
    in_stock: str,
) -> None:
    """Evaluates a run, and publishes it if it passes the gate.

    Args:
        run: Run of the recommender.
        data: Data set that it was trained on.
        baselines: Baselines of the evaluation.
        better_than: Baseline that the gate compares with.
        min_auc: Minimum AUC of the gate.
        max_drop: Maximum decrease of the AUC of the gate.
        model_dir: Folder of all versions of the model.
        keep: Number of models to keep.
        catalog_config: YAML file of `prepare` for a newer catalog, or empty.
        prepare_flags: More flags of `prepare`.
        in_stock: File with the ids of all items in stock, or empty.
    """
    evaluate = components.evaluate(run=run, data=data, baselines=baselines)
    evaluated = repeatable(evaluate).outputs["evaluated"]
    checked = components.gate(
        run=evaluated,
        data=data,
        model_dir=model_dir,
        better_than=better_than,
        min_auc=min_auc,
        max_drop=max_drop,
    )
    exported = components.export(
        run=evaluated,
        data=data,
        model_dir=model_dir,
        better_than=better_than,
        keep=keep,
    )
    once(exported).after(once(checked))
    refreshed = refresh(
        run=evaluated,
        data=data,
        catalog_config=catalog_config,
        prepare_flags=prepare_flags,
        model_dir=model_dir,
        keep=keep,
    ).after(exported)
    with dsl.If(in_stock != "", name="stock"):
        available = components.set_availability(
            in_stock=in_stock, model_dir=model_dir, keep=keep
        )
        once(available).after(refreshed)
