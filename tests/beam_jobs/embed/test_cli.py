"""The job as a whole, against the model's own answers, and what it refuses."""

import gzip
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import build_item
from atelier.schema.manifest import Manifest
from beam_jobs.embed import cli as embed

ROOT = pathlib.Path(__file__).parents[3]
K = 10
DIM = 8


@pytest.fixture(scope="module")
def flags(exported, data_dir):
    """The flags of a job, less `--out_dir`."""
    return [f"--model_dir={exported.parent}", f"--data_dir={data_dir}"]


@pytest.fixture(scope="module")
def out_dir(flags, build_once) -> str:
    """What the job made; to be read and not to be changed."""

    def embed_shop(folder):
        embed.main([*flags, f"--out_dir={folder}/out", "--batch_size=7"])

    return str(build_once("embedded", embed_shop) / "out")


@pytest.fixture(scope="module")
def signatures(exported):
    """The model's signatures, called with plain lists."""
    model = tf.saved_model.load(str(exported))

    def call(name, **inputs):
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        return model.signatures[name](**tensors)

    return call


@pytest.fixture(scope="module")
def photos(data_dir, read_back):
    """The photo of each item."""
    return {
        record[feature_keys.ITEM_ID][0].decode(): record[feature_keys.IMAGE][0]
        for record in read_back(paths.items(data_dir))
    }


@pytest.fixture(scope="module")
def taken(data_dir, read_back):
    """All that each user took, in whichever split."""
    taken = {}
    for split in paths.SPLITS:
        for record in read_back(paths.triples(data_dir, split)):
            user_id, item_id = (
                record[name][0].decode()
                for name in (feature_keys.USER_ID, feature_keys.ITEM_ID)
            )
            taken.setdefault(user_id, set()).add(item_id)
    return taken


@pytest.fixture(scope="module")
def embeddings(out_dir):
    """The embedding of each item, from the job's files."""
    table = pq.read_table(f"{out_dir}/items")
    ids = table["item_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    return dict(zip(ids, table["embedding"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def lists(out_dir):
    """(item ids, scores) of each user, from the job's files."""
    rows = pq.read_table(f"{out_dir}/users").to_pylist()
    assert len({row["user_id"] for row in rows}) == len(rows)
    return {row["user_id"]: (row["item_ids"], row["scores"]) for row in rows}


def rows_of(out_dir):
    return {
        str(path.relative_to(out_dir)): pq.read_table(path).to_pylist()
        for path in pathlib.Path(out_dir).rglob("*.parquet")
    }


def copy(data_dir, tmp_path):
    return pathlib.Path(shutil.copytree(data_dir, tmp_path / "data"))


def sentence(argv):
    with pytest.raises(UserError) as caught:
        embed.main(argv)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.compat
def test_columns(out_dir):
    items = pq.read_table(f"{out_dir}/items").schema
    users = pq.read_table(f"{out_dir}/users").schema

    assert items.names == ["item_id", "embedding"]
    assert pa.types.is_fixed_size_list(items.field("embedding").type)
    assert items.field("embedding").type.list_size == DIM
    assert items.field("embedding").type.value_type == pa.float32()
    assert users.names == ["user_id", "item_ids", "scores"]
    assert users.field("item_ids").type.value_type == pa.string()
    assert users.field("scores").type.value_type == pa.float32()
    assert not any(field.nullable for field in [*items, *users])


def test_every_item_has_the_embedding_that_the_model_gives(
    embeddings, photos, signatures
):
    ids = sorted(photos)
    expected = signatures("embed_images", image_bytes=[photos[i] for i in ids])

    assert sorted(embeddings) == ids
    np.testing.assert_allclose(
        [embeddings[one] for one in ids], expected["embeddings"], atol=1e-5
    )


def test_every_user_has_the_best_of_what_they_did_not_take(
    embeddings, lists, taken, signatures
):
    user_ids = sorted(taken)
    item_ids = sorted(embeddings)
    users = signatures("embed_users", user_id=user_ids)["embeddings"].numpy()
    scores = users @ np.array([embeddings[one] for one in item_ids]).T

    assert sorted(lists) == user_ids
    for user_id, row in zip(user_ids, scores, strict=True):
        best = sorted(
            (-score, item_id)
            for score, item_id in zip(row, item_ids, strict=True)
            if item_id not in taken[user_id]
        )[:K]
        found, found_scores = lists[user_id]
        assert len(set(found)) == K
        assert not taken[user_id] & set(found)
        assert found_scores == sorted(found_scores, reverse=True)
        np.testing.assert_allclose(
            found_scores, [-score for score, _ in best], atol=1e-5
        )
        by_id = dict(zip(item_ids, row, strict=True))
        np.testing.assert_allclose(
            found_scores, [by_id[one] for one in found], atol=1e-5
        )


def test_the_lists_are_those_of_the_server(lists, taken, signatures):
    (user_id, own), *_ = taken.items()

    answer = signatures(
        "recommend_excluding", user_id=[user_id], exclude_ids=[sorted(own)]
    )

    assert lists[user_id][0] == [
        one.decode() for one in answer["item_ids"][0].numpy()
    ]


def test_files(out_dir, data_dir, exported, photos, taken):
    names = {
        str(path.relative_to(out_dir))
        for path in pathlib.Path(out_dir).rglob("*")
        if path.is_file()
    }

    assert names == {
        "embeddings.json",
        *(
            f"{kind}/{path.name.removesuffix('.tfrecord.gz')}.parquet"
            for kind in ("items", "users")
            for path in pathlib.Path(data_dir, kind).iterdir()
        ),
    }
    summary = json.loads(pathlib.Path(out_dir, "embeddings.json").read_text())
    assert summary == {
        "counts": {"items": len(photos), "users": len(taken)},
        "model_dir": str(exported.parent),
        "model_version": int(exported.name),
        "embedding_dim": DIM,
        "top_n": K,
        "data_dir": data_dir,
        "content_hash": Manifest.read(data_dir).content_hash,
    }


@pytest.mark.slow
def test_two_processes_write_the_same_rows(flags, out_dir, tmp_path):
    again = tmp_path / "again"

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "beam_jobs.embed",
            *flags,
            f"--out_dir={again}",
            "--batch_size=7",
            "--direct_running_mode=multi_processing",
            "--direct_num_workers=2",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "100%" in done.stderr
    assert rows_of(again) == rows_of(out_dir)
    (line,) = done.stdout.splitlines()
    assert line.startswith("embedded ")
    *_, code = shlex.split(line.partition("next: ")[2])
    exec(code)  # What the line says to run next.


def test_a_set_of_embeddings_is_left_alone(flags, out_dir):
    assert sentence([*flags, f"--out_dir={out_dir}", "--top_n=3"]) == (
        f"{out_dir} holds a set of embeddings; give another --out_dir, or "
        "--if_exists=overwrite to replace it"
    )


@pytest.mark.parametrize(
    ("done", "flag"),
    [
        # What an unfinished job left goes without asking.
        ("embed.unfinished", "--if_exists=fail"),
        pytest.param(
            "embeddings.json", "--if_exists=overwrite", marks=pytest.mark.slow
        ),
    ],
)
def test_shorter_lists_in_place_of_the_old_ones(
    flags, out_dir, lists, tmp_path, capsys, done, flag
):
    again = pathlib.Path(shutil.copytree(out_dir, tmp_path / "out"))
    (again / "embeddings.json").rename(again / done)
    stale = [
        again / "failed.jsonl",
        again / "users" / "users-00000-of-00099.parquet",
    ]
    stale[0].write_text('{"what": "item", "reason": "none"}\n')
    shutil.copy(min((again / "users").iterdir()), stale[1])
    (again / "users" / "mine.txt").write_text("kept")

    embed.main([*flags, f"--out_dir={again}", "--top_n=3", flag])

    assert not any(path.exists() for path in stale)
    assert (again / "users" / "mine.txt").exists()
    assert (again / "embeddings.json").exists()
    assert not (again / "embed.unfinished").exists()
    for path in (again / "users").glob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            assert row["item_ids"] == lists[row["user_id"]][0][:3]
            assert len(row["scores"]) == 3
    assert "wrote the top 3 for each of" in capsys.readouterr().out


def test_a_folder_of_other_files_is_left_alone(flags, tmp_path):
    mine = tmp_path / "items" / "items-00000-of-00001.parquet"
    mine.parent.mkdir()
    mine.write_text("mine")

    said = sentence([*flags, f"--out_dir={tmp_path}", "--if_exists=overwrite"])

    assert said.startswith(f"--out_dir {tmp_path} holds files that this comm")
    assert mine.read_text() == "mine"


def test_a_flag_that_beam_refuses_destroys_nothing(flags, out_dir, tmp_path):
    again = pathlib.Path(shutil.copytree(out_dir, tmp_path / "out"))

    said = sentence(
        [*flags, f"--out_dir={again}", "--if_exists=overwrite", "--runner=Nope"]
    )

    assert said.startswith("Beam rejects its flags: ")
    assert rows_of(again) == rows_of(out_dir)
    assert (again / "embeddings.json").exists()


def write_items(path, *items):
    with tf.io.TFRecordWriter(str(path), options="GZIP") as writer:
        for item in items:
            writer.write(build_item(item))


def test_a_refused_photo_and_a_broken_shard(
    exported, data_dir, photos, tmp_path, capfd
):
    data = copy(data_dir, tmp_path)
    shard, broken, *_ = sorted((data / "items").iterdir())
    good = list(photos.items())[:5]
    items = [Item(item_id, photo, "") for item_id, photo in good]
    write_items(shard, *items, Item("Größe", b"no photo", ""))
    whole = gzip.decompress(broken.read_bytes())
    broken.write_bytes(gzip.compress(whole[:-9]))
    out_dir = tmp_path / "out"
    argv = [
        f"--model_dir={exported.parent}",
        f"--data_dir={data}",
        f"--out_dir={out_dir}",
    ]

    with pytest.raises(SystemExit) as caught:
        run_command(lambda: embed.main(argv))

    said = caught.value.code
    assert said.startswith(f"error: 2 inputs failed, such as {broken} (")
    assert said.endswith(
        f"); all are listed in {out_dir}/failed.jsonl; prepare the data again "
        "without them"
    )
    assert "Traceback" not in capfd.readouterr().err
    assert not (out_dir / "embeddings.json").exists()
    lines = (out_dir / "failed.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["what"] for line in lines] == [
        str(broken),
        "item 'Größe'",
    ]
    assert json.loads(lines[1])["reason"] == (
        "The bytes that were sent are neither JPEG nor PNG."
    )


def test_a_shard_that_is_missing(
    flags, data_dir, out_dir, photos, tmp_path, monkeypatch
):
    again = tmp_path / "out"

    def lose_a_shard(_):
        shutil.copytree(f"{out_dir}/items", again / "items")
        shutil.copytree(f"{out_dir}/users", again / "users")
        min((again / "items").iterdir()).unlink()

    monkeypatch.setattr(embed.embed_pipeline, "build", lambda *_: None)
    monkeypatch.setattr(embed, "run_pipeline", lose_a_shard)

    said = sentence([*flags, f"--out_dir={again}"])

    assert said.startswith(f"{data_dir}/items holds ")
    assert f"manifest.json says {len(photos)}; prepare the data again" in said
    assert not (again / "embeddings.json").exists()


def test_unfinished_data(exported, data_dir, tmp_path):
    data = copy(data_dir, tmp_path)
    (data / paths.MANIFEST).unlink()

    said = sentence(
        [
            f"--model_dir={exported.parent}",
            f"--data_dir={data}",
            f"--out_dir={tmp_path}/out",
        ]
    )

    assert said.startswith(f"{data} holds no manifest.json")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--top_n=0", "--top_n must be at least 1, got 0"),
        ("--batch_size=0", "--batch_size must be at least 1, got 0"),
        ("--out_dir=", "--out_dir is empty; give a value, or leave the flag"),
        ("--topn=3", "neither this job nor Beam knows --topn"),
        (f"--top_n={K + 1}", f"--top_n {K + 1} is more than the {K} items "),
        ("--version=3", "holds no version 3; it has "),
        ("--out_dir=a*", "--out_dir must not contain the wildcards *?[, "),
        ("--model_dir=nowhere", "--model_dir nowhere holds no exported"),
    ],
)
def test_wrong_flags(flags, tmp_path, flag, said):
    out_dir = tmp_path / "out"

    assert said in sentence([*flags, f"--out_dir={out_dir}", flag])
    assert not out_dir.exists()


@pytest.mark.parametrize("name", ["model_dir", "data_dir", "out_dir"])
def test_a_scheme_that_nobody_knows(flags, tmp_path, name):
    argv = [*flags, f"--out_dir={tmp_path}/out", f"--{name}=foo://x"]

    with pytest.raises(SystemExit) as caught:
        run_command(lambda: embed.main(argv))

    assert str(caught.value.code).startswith("error: ")
    assert "foo" in str(caught.value.code)


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as caught:
        embed.main(["--help"])

    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "runs/demo/embeddings" in shown
    assert "item_ids, scores" in shown
