"""Batch inference: item embeddings and recommendations for all users."""

import dataclasses
import json
import shlex

from atelier.cli.flags import Options
from atelier.cli.flags import command_parser
from atelier.cli.flags import option
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from beam_jobs.embed import embedding_tables as tables
from beam_jobs.embed import pipeline as embed_pipeline
from beam_jobs.embed.exported_model import ExportedModel
from beam_jobs.embed.exported_model import open_model
from beam_jobs.embed.pipeline import EmbedConfig
from beam_jobs.embed.progress import rows_done
from beam_jobs.options import parse_job
from beam_jobs.output_dir import JobFolder
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline

EMBEDDINGS = "embeddings.json"
"""File that is written last; its presence means complete output."""
BATCH_SIZE = 64
EPILOG = """\
examples:
  with the newest version of the demo model:
    python -m beam_jobs.embed --model_dir runs/demo/models/recommender \\
      --data_dir runs/demo/data --out_dir runs/demo/embeddings

  ten recommendations per user, replacing earlier output:
    ... --top_n 10 --if_exists overwrite

  with two processes (all other flags are passed on to Beam):
    ... --direct_running_mode=multi_processing --direct_num_workers=2

output files, for pyarrow, pandas, Spark and similar tools:
  items/*.parquet   item_id, embedding (of the item's image)
  users/*.parquet   user_id, item_ids, scores (best first, without the items
                    that the user has interacted with)
  embeddings.json   counts and versions; written last, when all is complete
  failed.jsonl      rejected items, users and files, each with the reason;
                    written only if the job fails because of them
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbedOptions(Options):
    """Flags of `embed`."""

    model_dir: str = option(..., "folder with the model's versions")
    data_dir: str = option(..., "prepared data set")
    out_dir: str = option(..., "output folder")
    version: int | None = option(
        None, "version of the model (default: newest)", parse=int
    )
    top_n: int | None = option(
        None,
        "recommendations per user (default: all the model returns)",
        least=1,
    )
    batch_size: int = option(BATCH_SIZE, "rows per call of the model", least=1)
    if_exists: str = option(
        "fail",
        "action if --out_dir already holds embeddings",
        choices=("fail", "overwrite"),
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the command `python -m beam_jobs.embed`; see `--help`.

    Raises:
        UserError: If the model, the data or a flag is invalid, the job fails
            or the model rejects an image or a user.
    """
    parser = command_parser("python -m beam_jobs.embed", __doc__, EPILOG)
    EmbedOptions.add_arguments(parser)
    folders = ("model_dir", "data_dir", "out_dir")
    parsed, options = parse_job(parser, argv, folders)
    args = EmbedOptions.from_arguments(parsed)
    manifest = Manifest.read(args.data_dir)
    folder = _out_folder(args.out_dir)
    folder.require_empty_or_owned(args.if_exists)
    model = open_model(args.model_dir, args.version)
    top_n = _check_top_n(args.top_n, model)
    expected = {name: manifest.counts[name] for name in ("items", "users")}
    with rows_done("embed", sum(expected.values()), args.out_dir) as progress:
        pipeline = new_pipeline(options)
        config = EmbedConfig(
            data_dir=args.data_dir,
            out_dir=args.out_dir,
            model=model,
            top_n=top_n,
            batch_size=args.batch_size,
            progress_path=progress,
        )
        embed_pipeline.build(pipeline, config)
        folder.begin()  # Not earlier: `new_pipeline` may reject the flags.
        run_pipeline(pipeline)
    _check_failed(args.out_dir)
    _check_counts(args.data_dir, args.out_dir, expected)
    summary = {
        "counts": expected,
        "model_dir": args.model_dir,
        "model_version": model.version,
        "embedding_dim": model.embedding_dim,
        "top_n": top_n,
        "data_dir": args.data_dir,
        "content_hash": manifest.content_hash,
    }
    json_files.write_json(args.out_dir, EMBEDDINGS, summary)
    folder.finish()
    print(
        f"embedded {expected['items']} items and wrote the top {top_n} for "
        f"each of {expected['users']} users to {args.out_dir}, with model "
        f"version {model.version}; next: {_show_users(args.out_dir)}"
    )


def _out_folder(out_dir: str) -> JobFolder:
    return JobFolder(
        path=out_dir,
        flag="--out_dir",
        content="a set of embeddings",
        done=EMBEDDINGS,
        done_key="model_version",
        unfinished="embed.unfinished",
        written=(
            *(tables.pattern_of(kind) for kind in (tables.ITEMS, tables.USERS)),
            embed_pipeline.FAILED,
        ),
    )


def _check_top_n(top_n: int | None, model: ExportedModel) -> int:
    """Returns the number of recommendations per user."""
    if top_n is None:
        return model.top_k
    if top_n > model.top_k:
        raise UserError(
            f"--top_n {top_n} is more than the {model.top_k} items that "
            f"{model.path} returns; lower it, or export the model again with "
            f"--top_k {top_n}"
        )
    return top_n


def _check_failed(out_dir: str) -> None:
    if not json_files.exists(out_dir, embed_pipeline.FAILED):
        return
    failed = json_files.read_json_lines(out_dir, embed_pipeline.FAILED)
    raise UserError(
        f"{len(failed)} inputs failed, such as {failed[0]['what']} "
        f"({failed[0]['reason']}); all are listed in "
        f"{paths.join(out_dir, embed_pipeline.FAILED)}; prepare the data "
        "again without them"
    )


def _check_counts(
    data_dir: str, out_dir: str, expected: dict[str, int]
) -> None:
    for kind, number in expected.items():
        written = tables.count_rows(out_dir, kind)
        if written != number:
            raise UserError(
                f"{data_dir}/{kind} holds {written} {kind} where its "
                f"{paths.MANIFEST} says {number}; prepare the data again"
            )


def _show_users(out_dir: str) -> str:
    """Returns a shell command that prints the users' recommendations."""
    path = json.dumps(paths.join(out_dir, tables.USERS), ensure_ascii=False)
    code = f"import pyarrow.parquet as pq; print(pq.read_table({path}))"
    return shlex.join(["python", "-c", code])
