"""A version with another stock: the same weights, other lists."""

import contextlib
import shutil
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema.model_versions import BATCHING
from atelier.schema.vocabulary import read_vocabulary
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from export import task
from export.availability import availability_variables
from export.availability.availability_variables import inherit_availability
from export.availability.availability_variables import read_availability
from export.availability.availability_variables import write_availability
from export.availability.read_item_ids import read_item_list
from export.publishing.batching_config import write_batching
from export.publishing.probe_servable import ask
from export.publishing.publish_recommender import export_recommender
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import STOCK
from export.publishing.version import served_version
from export.publishing.version import versions_of
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer

USER, LIKED = "Käufer, 3", "Größe, 3-0"


@pytest.fixture
def model_dir(lean_version, tmp_path):
    """A folder whose version 1 has everything in stock, and is batched."""
    shutil.copytree(lean_version, tmp_path / "models" / "1")
    write_batching(str(tmp_path / "models" / "1"))
    return tmp_path / "models"


@pytest.fixture
def list_model_dir(version_of_lists, tmp_path):
    """The same, with warm-up requests of lists of each kind."""
    shutil.copytree(version_of_lists, tmp_path / "lists" / "1")
    write_batching(str(tmp_path / "lists" / "1"))
    return tmp_path / "lists"


@pytest.fixture
def partitioned(run_dir, tmp_path):
    """A folder of one version, which has an approximate index."""
    path = tmp_path / "partitioned"
    export_recommender(
        run_dir, str(path), RecommenderOptions(top_k=10, min_recall=1.0)
    )
    return path


@pytest.fixture(scope="module")
def item_ids(lean_version):
    return read_vocabulary(str(lean_version / "assets" / "items.txt"))


@pytest.fixture(scope="module")
def best_first(lean_version, item_ids):
    """All items, those of the first person's list before the others."""
    answer = ask(str(lean_version)).answers[0]
    best = [one.decode() for one in answer["item_ids"][0]]
    return [*best, *(one for one in item_ids if one not in best)]


def publish(model_dir, path, *flags):
    task.main(
        [
            "set-availability",
            f"--model_dir={model_dir}",
            f"--items={path}",
            *flags,
        ]
    )
    return served_version(str(model_dir))


def write_csv(path, ids):
    path.write_text("item_id,price\n" + "".join(f'"{one}",1\n' for one in ids))
    return path


@contextlib.contextmanager
def serving(model_dir):
    """Serves a folder; yields a client."""
    with (
        ModelServer({"recommender": model_dir}, poll_seconds=0.1) as server,
        RecommenderClient(server.address, deadline_seconds=120) as client,
    ):
        yield client


def lists_of(client, item_ids):
    """Everything that is listed, and the filtered list, over gRPC."""
    found = [
        client.recommend([USER, "nobody"]),
        client.recommend([USER], [item_ids[:5]]),
        client.recommend_for_items([[LIKED]]),
        client.similar_items([LIKED]),
        client.recommend([USER], categories=[["hat"]]),
    ]
    with pytest.raises(ServingError, match="There is no category tie; the"):
        client.recommend([USER], categories=[["hat", "tie"]])
    return found


def wait_for(client, version):
    """Returns when a server has taken up a version."""
    deadline = time.monotonic() + 120
    while client.recommend([USER]).version != version.number:
        assert time.monotonic() < deadline, "it was not taken up"
        time.sleep(0.1)


def test_only_available_items_are_listed_by_the_same_weights(
    list_model_dir, item_ids, tmp_path, caplog
):
    """A server takes the version up while it serves."""
    caplog.set_level("INFO", "export")
    with serving(list_model_dir) as client:
        before = lists_of(client, item_ids)
        gone = {one for found in before for one in found.item_ids[0][:3]}
        left = [one for one in item_ids if one not in gone]
        listed = write_csv(tmp_path / "list.csv", [*left, *map(str, range(7))])
        version = publish(list_model_dir, listed)
        wait_for(client, version)
        after = lists_of(client, item_ids)
    for old, new in zip(before, after, strict=True):
        kept = [one for one in old.item_ids[0] if one in left]
        assert kept == new.item_ids[0][: len(kept)]
        assert set(new.item_ids[0]) <= set(left)
        assert len(set(new.item_ids[0])) == 10
        assert new.version == version.number
        scores = dict(zip(old.item_ids[0], old.scores[0], strict=True))
        np.testing.assert_allclose(
            new.scores[0][: len(kept)], [scores[one] for one in kept], rtol=1e-6
        )
    assert version.metadata["copy_of"] == 1
    assert (list_model_dir / str(version.number) / BATCHING).exists()
    assert version.metadata["availability"] == {
        "items": str(listed), "known": len(left), "unknown": 7,
    }  # fmt: skip
    # TensorFlow may warn that it deprecates the loader.
    records = [one for one in caplog.records if one.name.startswith("export")]
    assert [record.getMessage() for record in records] == [
        f"in stock: {len(left)} of the 82 items of the catalog",
        "ignored: 7 ids that are not in the catalog: 0, 1, 2, 3, 4, ...",
        "version 1 is replaced",
    ]


@pytest.mark.slow
def test_items_back_in_stock_are_listed_again(partitioned, item_ids, tmp_path):
    with serving(partitioned) as client:
        before = lists_of(client, item_ids)
    some = tmp_path / "some.txt"
    some.write_text("\n".join(item_ids[:3]) + "\n\n")
    few = publish(partitioned, some)
    with serving(partitioned) as client:
        (found, *_, hats) = lists_of(client, item_ids)
    assert sorted(found.item_ids[0][:3]) == sorted(item_ids[:3])
    assert found.item_ids[0][3:] == [""] * 7
    assert set(hats.item_ids[0]) < {*item_ids[:3], ""}
    table = pa.table({"sku": item_ids})
    pq.write_table(table, tmp_path / "all.parquet")
    last = publish(partitioned, tmp_path / "all.parquet", "--item_column=sku")
    with serving(partitioned) as client:
        after = lists_of(client, item_ids)
    assert [one.item_ids for one in after] == [one.item_ids for one in before]
    assert few != last


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("list.txt", "\n\n", "holds no id, so nothing would be recommended"),
        ("list.csv", "item_id\n", "holds no id, so nothing would be recommen"),
        ("list.csv", "", "is empty; give a table with a header"),
        ("list.csv", "sku\n1\n", "has no column 'item_id'; name one of 'sku'"),
        ("list.txt", "1\n", "holds no id of the catalog of .* such as '1', so"),
        ("list.doc", "1\n", "must end in .txt, .csv or .parquet; convert the"),
        ("list.parquet", "1\n", "list.parquet cannot be read: "),
    ],
)
def test_a_list_of_nothing_is_refused(model_dir, tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=words):
        publish(model_dir, tmp_path / name)
    assert served_version(str(model_dir)).number == 1


def test_unreadable_availability_is_logged(model_dir, item_ids, caplog):
    version = served_version(str(model_dir))
    version.metadata[STOCK] = {"known": 1}
    own = dict.fromkeys(item_ids, True)
    (model_dir / "1" / "assets" / "items.txt").write_text("cut sho")
    assert inherit_availability(version, own) == (own, {})
    [line] = caplog.messages
    assert line.startswith(f"the availability in {version.path} cannot be read")


def test_damaged_warm_up_requests_are_named(model_dir):
    path = model_dir / "1" / WARM_UP
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match=f"{path} is damaged or missing"):
        read_warm_up(str(path))


@pytest.mark.slow
@pytest.mark.usefixtures("asked_apart")
def test_results_of_another_process_count(model_dir, item_ids, tmp_path):
    listed = write_csv(tmp_path / "list.csv", item_ids[::2])
    version = publish(model_dir, listed)
    assert sum(read_availability(version.path).values()) == len(item_ids[::2])


def save(prefix, values):
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=list(values),
        shape_and_slices=[""] * len(values),
        tensors=[tf.constant(value) for value in values.values()],
    )


def with_vectors_times(factor):
    """Returns what writes a stock, and the vectors of all items otherwise."""

    def write(path, there):
        write_availability(path, there)
        reader = tf.train.load_checkpoint(f"{path}/variables/variables")
        values = {
            name: reader.get_tensor(name)
            for name in reader.get_variable_to_shape_map()
        }
        values["_vectors/items/.ATTRIBUTES/VARIABLE_VALUE"] *= factor
        save(f"{path}/variables/variables", values)

    return write


@pytest.mark.parametrize(
    "write",
    [
        lambda path, there: None,
        lambda path, there: write_availability(path, there & False),
        lambda path, there: write_availability(path, ~there),
        with_vectors_times(1.1),
        with_vectors_times(np.nan),
    ],
)
@pytest.mark.parametrize(
    "number", [2, pytest.param(41, marks=pytest.mark.slow)]
)
def test_a_version_that_lists_anything_else_is_not_published(
    model_dir, best_first, tmp_path, monkeypatch, write, number
):
    monkeypatch.setattr(availability_variables, "write_availability", write)
    listed = write_csv(tmp_path / "list.csv", best_first[:number])
    with pytest.raises(UserError, match="scores of .* differ|hold NaN"):
        publish(model_dir, listed)
    assert len(versions_of(str(model_dir))) == 1


@pytest.mark.slow
def test_an_older_index_format_is_rejected(partitioned, item_ids):
    """It counted what partitions hold in another way."""
    path = served_version(str(partitioned)).path
    prefix = f"{path}/variables/variables"
    reader = tf.train.load_checkpoint(prefix)
    names = list(reader.get_variable_to_shape_map())
    save(
        prefix,
        {
            name.replace("_held_by_category/", "_counts/"): reader.get_tensor(
                name
            )
            for name in names
        },
    )
    with pytest.raises(UserError, match="by an older Atelier.*export the mod"):
        write_availability(path, np.ones(len(item_ids), bool))


def test_a_list_that_is_cut_short_is_refused(model_dir, item_ids, tmp_path):
    write_csv(tmp_path / "list.csv", item_ids[:60])
    first = publish(model_dir, tmp_path / "list.csv")
    write_csv(tmp_path / "list.csv", item_ids[:29])
    with pytest.raises(UserError, match="leaves 29 items in stock, of 60 befo"):
        publish(model_dir, tmp_path / "list.csv")
    assert served_version(str(model_dir)) == first
    publish(model_dir, tmp_path / "list.csv", "--max_drop=1", "--keep=1")
    assert len(versions_of(str(model_dir))) == 1


def test_a_model_without_availability_is_rejected(tmp_path):
    (tmp_path / "list.txt").write_text("1\n")
    with pytest.raises(UserError, match="models holds no version; check"):
        publish(tmp_path / "models", tmp_path / "list.txt")
    (tmp_path / "models" / "1").mkdir(parents=True)
    (tmp_path / "models" / "1" / "saved_model.pb").touch()
    with pytest.raises(UserError, match="models/1 has no availability variabl"):
        publish(tmp_path / "models", tmp_path / "list.txt")


def test_an_id_may_hold_a_unicode_line_separator(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("a\u2028b\r\nc\x85d\n\n".encode())
    assert read_item_list(str(path), "") == ["a\u2028b", "c\x85d"]


@pytest.mark.parametrize(
    ("name", "text"), [("LIST.TXT", "a\n"), ("List.CSV", "item_id\na\n")]
)
def test_the_case_of_an_extension(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    assert read_item_list(f"{tmp_path}/{name}", "item_id") == ["a"]
