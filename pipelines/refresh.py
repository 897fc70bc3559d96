"""Pipeline of a newer catalog: the served run with today's items."""

from kfp import dsl

from pipelines import components
from pipelines.policies import once
from pipelines.policies import repeatable


@dsl.pipeline(
    name="refresh", description="Publishes the served run with newer items."
)
def refresh(
    run: dsl.Input[dsl.Model],
    data: dsl.Input[dsl.Dataset],
    catalog_config: str,
    prepare_flags: list[str],
    model_dir: str,
    keep: int,
) -> None:
    """Publishes the served run with the items of a newer catalog, if given.

    Args:
        run: Run that is served.
        data: Data set that it was trained on.
        catalog_config: YAML file of `prepare` for the catalog, or empty.
        prepare_flags: More flags of `prepare`.
        model_dir: Folder of all versions of the model.
        keep: Number of models to keep.
    """
    with dsl.If(catalog_config != "", name="newer catalog"):
        catalog = repeatable(
            components.prepare(config=catalog_config, flags=prepare_flags)
        )
        once(
            components.refresh_items(
                run=run,
                data=data,
                catalog=catalog.outputs["data"],
                model_dir=model_dir,
                keep=keep,
            )
        )
