"""A small file of the exact shape that the authors of DVBPR released."""

import io
import itertools
import os
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io.errors import UserError
from beam_jobs.sources.dvbpr_npy import DvbprNpy

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 0"
PNG = b"\x89PNG\r\n\x1a\n 1"
SECRET = "Jane Doe of Ghent says: my secret"


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 and NumPy 1.13 wrote: bytes stand for its str."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, data):
        if len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            size = len(data).to_bytes(4, "little")
            self.write(pickle.BINSTRING + size + data)
        self.memoize(data)

    dispatch[bytes] = save_bytes

    def save_global(self, obj, name=None):
        name = name or obj.__qualname__
        module = obj.__module__.replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name}\n".encode())
        self.memoize(obj)

    def reducer_override(self, obj):
        if isinstance(obj, type) or not isinstance(obj, np.dtype):
            return NotImplemented
        kind, arguments, state = obj.__reduce__()
        return kind, _as_bytes(arguments), _as_bytes(state)


def _as_bytes(values):
    return tuple(
        one.encode() if isinstance(one, str) else one for one in values
    )


def _python_2(array, file):
    Python2Pickler(file, 2).dump(array)


def _python_3(array, file):
    pickle.dump(array, file, 2)


def _today(array, file):
    pickle.dump(array, file, 4)


WRITERS = [_python_2, _python_3, _today]


@pytest.fixture(scope="session")
def write_npy(tmp_path_factory):
    """Writes objects as `numpy.save` does; returns the path."""
    folder = tmp_path_factory.mktemp("npy")
    numbers = itertools.count()

    def write_npy(entries, dump=_python_2):
        array = np.empty(len(entries), object)
        array[:] = entries
        header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
        made = io.BytesIO()
        np.lib.format.write_array_header_1_0(made, header)
        dump(array, made)
        # Files are read once: each needs a name of its own.
        path = folder / f"{next(numbers)}.npy"
        path.write_bytes(made.getvalue())
        return str(path)

    return write_npy


def review(item, **fields):
    """A review as the files hold it: str keys, productid alone is bytes."""
    return {
        "reviewerID": SECRET,
        "asin": f"B{item}",
        "reviewerName": SECRET,
        "helpful": [1, 2],
        "reviewText": SECRET,
        "overall": 5.0,
        "summary": SECRET,
        "unixReviewTime": 1372809600 + item,
        "reviewTime": "07 3, 2013",
        b"productid": item,
        **fields,
    }


def product(index, photo, **fields):
    """An item as the Fashion file holds it: bytes keys."""
    one_hot = np.zeros(6, bool)
    one_hot[5 - index] = True
    return {
        b"asin": f"B{index}".encode(),
        b"c": one_hot,
        b"title": SECRET.encode(),
        b"imUrl": b"http://x/y.jpg",
        b"related": {b"also_bought": [b"B1"]},
        b"imgs": photo,
        b"salesRank": {b"Clothing": 3},
        b"categories": [[b"Clothing", b"Women", b"Shoes"]],
        **fields,
    }


def entries(**changes):
    """The six entries of a small file."""
    made = {
        "train": {0: [review(0), review(1)], 1: [review(1)]},
        "validation": {0: [review(2)], 1: [review(0)]},
        "test": {0: [review(1)], 1: [review(2)]},
        "items": {
            0: product(0, JPEG),
            1: product(1, PNG),
            2: product(2, JPEG * 50),
        },
        "usernum": 2,
        "itemnum": 3,
        **changes,
    }
    return list(made.values())


@pytest.mark.parametrize("dump", WRITERS)
def test_interactions(write_npy, opened, rows_of, dump):
    path = write_npy(entries(), dump)
    source = opened(DvbprNpy, f"--npy={path}")

    assert source.has_times
    assert source.interactions_hold == ()
    assert rows_of(source, "interactions") == [
        (
            number,
            {"user_id": user, "item_id": item, "time": 1372809600 + int(item)},
        )
        for number, (user, item) in enumerate(
            # Training, validation, test.
            ["00", "01", "11", "02", "10", "01", "12"],
            1,
        )
    ]


@pytest.mark.parametrize("dump", WRITERS)
def test_items_and_photos(write_npy, opened, rows_of, photos_of, dump):
    path = write_npy(entries(), dump)
    source = opened(DvbprNpy, f"--npy={path}")

    assert source.photo_root is None
    assert rows_of(source, "items") == [
        (
            index + 1,
            {
                "item_id": str(index),
                "category": category,
                "attributes": {"asin": f"B{index}"},
            },
        )
        for index, category in enumerate(
            ["women's shoes", "women's bottoms", "women's tops"]
        )
    ]
    assert rows_of(source, "photos") == [
        (1, {"item_id": "0"}),
        (2, {"item_id": "1"}),
        (3, {"item_id": "2"}),
    ]
    assert photos_of(source) == [(1, JPEG), (2, PNG), (3, JPEG * 50)]
    assert source.chunks("items")[0].path == path


def test_the_fixture_is_what_python_2_wrote(write_npy):
    with open(write_npy(entries()), "rb") as file:
        data = file.read()

    assert data.startswith(b"\x93NUMPY\x01\x00")
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in data
    assert b"U\x09productid" in data  # A byte string.
    assert b"X\x0a\x00\x00\x00reviewerID" in data  # A Unicode string.


def test_numpy_itself_reads_the_fixture(write_npy):
    read = np.load(write_npy(entries()), allow_pickle=True, encoding="bytes")

    assert read.shape == (6,)
    assert read[3][0][b"imgs"] == JPEG
    assert read[3][0][b"c"].tolist() == [False] * 5 + [True]


@pytest.mark.parametrize("dump", WRITERS)
def test_nothing_personal_is_kept(write_npy, opened, rows_of, photos_of, dump):
    bad = review(0)
    del bad[b"productid"]
    path = write_npy(
        entries(
            train={0: [review(0), bad, SECRET], SECRET: [review(0)], 1: SECRET},
            items={0: product(0, JPEG), 1: SECRET, SECRET: product(0, JPEG)},
        ),
        dump,
    )
    source = opened(DvbprNpy, f"--npy={path}")

    tables = [
        rows_of(source, table) for table in ("interactions", "items", "photos")
    ]
    shown = repr((source, tables, photos_of(source)))
    assert "secret" not in shown
    assert [len(table) for table in tables] == [9, 3, 3]


def test_keys_may_be_bytes_or_str(write_npy, opened, rows_of, photos_of):
    def swapped(record):
        return {
            key.decode() if isinstance(key, bytes) else key.encode(): value
            for key, value in record.items()
        }

    path = write_npy(
        entries(
            train={0: [swapped(review(0))]},
            items={0: swapped(product(0, JPEG))},
        )
    )
    source = opened(DvbprNpy, f"--npy={path}")

    assert rows_of(source, "interactions")[0] == (
        1,
        {"user_id": "0", "item_id": "0", "time": 1372809600},
    )
    assert rows_of(source, "items")[0][1]["attributes"] == {"asin": "B0"}
    assert photos_of(source) == [(1, JPEG)]


@pytest.mark.parametrize("dump", WRITERS)
def test_indices_may_be_numbers_of_numpy(write_npy, opened, rows_of, dump):
    taken = review(0)
    taken[b"productid"] = np.int64(0)
    taken["unixReviewTime"] = np.int32(7)
    path = write_npy(
        entries(train={np.int64(0): [taken]}, usernum=np.int64(2)), dump
    )

    rows = rows_of(opened(DvbprNpy, f"--npy={path}"), "interactions")

    assert rows[0] == (1, {"user_id": "0", "item_id": "0", "time": 7})


def test_interactions_without_times(write_npy, opened, rows_of):
    users = {0: [{b"productid": 0}]}
    path = write_npy(entries(train=users, validation={}, test={}))
    source = opened(DvbprNpy, f"--npy={path}")

    assert not source.has_times
    assert rows_of(source, "interactions") == [
        (1, {"user_id": "0", "item_id": "0", "time": None})
    ]


def test_the_first_second_of_1970_is_a_time(write_npy, opened, rows_of):
    users = {0: [{b"productid": 0, "unixReviewTime": 0}]}
    path = write_npy(entries(train=users, validation={}, test={}))
    source = opened(DvbprNpy, f"--npy={path}")

    assert source.has_times
    ((_, row),) = rows_of(source, "interactions")
    assert row["time"] == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Shoes"),
        ({b"categories": [["A", b"B", "C"], ["D"]]}, "C"),
        ({b"categories": [["A", b"B", " ", "", None]]}, "B"),
        ({b"categories": [["A", b"caf\xe9", "two\nlines"]]}, "A"),
        ({b"categories": [["Caf\u00e9".encode()]]}, "Café"),
        ({b"categories": [[]]}, None),
        ({b"categories": []}, None),
        ({b"categories": None}, None),
        ({b"categories": [b"A"]}, None),
    ],
)
def test_categories_where_there_is_no_class(
    write_npy, opened, rows_of, changes, expected
):
    item = product(0, JPEG)
    del item[b"c"]
    path = write_npy(entries(items={0: {**item, **changes}}))

    ((_, row),) = rows_of(opened(DvbprNpy, f"--npy={path}"), "items")

    assert row["category"] == expected


@pytest.mark.parametrize("photo", [None, b"", "text", 0])
def test_an_item_without_a_photo_is_no_loss(
    write_npy, opened, rows_of, photos_of, photo
):
    missing = product(1, None)
    del missing[b"imgs"]
    items = {0: product(0, photo), 1: missing, 2: product(2, JPEG)}
    source = opened(DvbprNpy, f"--npy={write_npy(entries(items=items))}")

    assert [number for number, _ in rows_of(source, "photos")] == [1, 2, 3]
    assert photos_of(source) == [(1, photo), (2, None), (3, JPEG)]


@pytest.mark.parametrize(
    ("taken", "detail"),
    [
        (
            review(0, **{"unixReviewTime": "x"}),
            "unixReviewTime is a str, expected ",
        ),
        ({b"productid": None}, "productid is missing"),
        ({b"productid": 1.0}, "productid is a float, expected an integer"),
        ({b"productid": True}, "productid is a bool, expected an integer"),
        ({b"productid": b"1"}, "productid is a bytes, expected an integer"),
        ({}, "productid is missing"),
        ([0], "an interaction of user 0 is a list, expected a "),
    ],
)
def test_a_malformed_interaction(write_npy, opened, rows_of, taken, detail):
    users = {0: [review(1), taken, review(2)]}
    path = write_npy(entries(train=users, validation={}, test={}))

    first, bad, last = rows_of(
        opened(DvbprNpy, f"--npy={path}"), "interactions"
    )

    assert (first[0], last[0]) == (1, 3)
    assert (first[1]["item_id"], last[1]["item_id"]) == ("1", "2")
    assert bad[0] == 2
    assert bad[1].startswith(detail)


@pytest.mark.parametrize(
    ("users", "detail"),
    [
        ({0: review(0)}, "user 0 has a dict, expected a list"),
        ({0: None}, "user 0 has a NoneType, expected a list"),
        ({1.0: [review(0)]}, "a user's index is a float, expected an integer"),
        ({b"0": [review(0)]}, "a user's index is a bytes, expected an integer"),
    ],
)
def test_a_malformed_user(write_npy, opened, rows_of, users, detail):
    path = write_npy(entries(train=users, validation={}, test={}))

    rows = rows_of(opened(DvbprNpy, f"--npy={path}"), "interactions")

    assert rows == [(1, detail)]


@pytest.mark.parametrize(
    ("index", "item", "detail"),
    [
        (1, None, "item 1 is a NoneType, expected a dictionary"),
        (1, [JPEG], "item 1 is a list, expected a dictionary"),
        (
            b"1",
            product(1, JPEG),
            "an item's index is a bytes, expected an integer",
        ),
        (1, product(1, JPEG, **{"c": 1}) | {b"c": np.zeros(6, bool)}, "the c "),
        (1, product(1, JPEG) | {b"c": np.ones(6, bool)}, "the c of item 1 "),
        (1, product(1, JPEG) | {b"c": np.eye(7, dtype=bool)[0]}, "the c of "),
        (1, product(1, JPEG) | {b"c": b"shoes"}, "the c of item 1 does not "),
    ],
)
def test_a_malformed_item(
    write_npy, opened, rows_of, photos_of, index, item, detail
):
    items = {0: product(0, JPEG), index: item, 2: product(2, PNG)}
    source = opened(DvbprNpy, f"--npy={write_npy(entries(items=items))}")

    for table in ("items", "photos"):
        first, bad, last = rows_of(source, table)
        assert [first[0], bad[0], last[0]] == [1, 2, 3]
        assert last[1]["item_id"] == "2"
        assert bad[1].startswith(detail)
    assert photos_of(source) == [(1, JPEG), (3, PNG)]


class Hostile:
    """Unpickles by calling something."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("dump", WRITERS)
@pytest.mark.parametrize("place", ["test", "deep"])
def test_code_in_a_file_is_not_run(tmp_path, write_npy, opened, dump, place):
    proof = tmp_path / "it ran"
    hostile = Hostile(os.system, f"touch '{proof}'")
    changes = {"test": hostile}
    if place == "deep":
        changes = {"items": {0: product(0, JPEG) | {b"title": hostile}}}
    path = write_npy(entries(**changes), dump)

    with pytest.raises(UserError) as caught:
        opened(DvbprNpy, f"--npy={path}")

    assert str(caught.value) == (
        f"{path} holds a pickled '{os.name}.system', which could run code and "
        "is rejected; download the file from its authors"
    )
    assert not proof.exists()


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ((eval, "1"), "builtins.eval|__builtin__.eval"),
        ((getattr, 1, "real"), "builtins.getattr|__builtin__.getattr"),
        ((np.load, "x.npy"), "numpy.*load"),
        ((np.frombuffer, b"12345678"), "numpy.*frombuffer"),
    ],
)
@pytest.mark.parametrize("dump", WRITERS)
def test_other_functions_are_refused(write_npy, opened, dump, call, named):
    path = write_npy(entries(usernum=Hostile(*call)), dump)

    with pytest.raises(UserError, match=f"a pickled '({named})', which could"):
        opened(DvbprNpy, f"--npy={path}")


@pytest.mark.parametrize("code", [None, "O", "O8", "i4,O", "i4,object"])
def test_arrays_do_not_point_into_memory(write_npy, opened, code):
    address = bytes([16] * 8)
    if code is None:
        hostile = Hostile(np.ndarray, (1,), np.dtype("O"), address)
    else:
        flags = (3, "|", None, None, None, -1, -1, 0)
        kind = _Stated((np.dtype, (code, False, True), flags))
        empty = np.empty(0, np.int8).__reduce__()[:2]
        hostile = _Stated((*empty, (1, (1,), kind, False, address)))
    path = write_npy(entries(usernum=hostile), _python_3)

    with pytest.raises(UserError, match="is truncated or not an .npy file"):
        opened(DvbprNpy, f"--npy={path}")


class _Stated:
    """Pickles as told: callable, arguments, state."""

    def __init__(self, reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train": []}, "has a list as user_train, expected type dict"),
        ({"test": None}, "has a NoneType as user_test, expected type dict"),
        ({"items": [1]}, "has a list as Item, expected type dict"),
        ({"usernum": "2"}, "has a str as usernum, expected type int"),
        ({"itemnum": 3.0}, "has a float as itemnum, expected type int"),
        ({"more": 1}, "does not hold 6 pickled objects"),
    ],
)
def test_other_entries(write_npy, opened, changes, sentence):
    path = write_npy(entries(**changes))

    with pytest.raises(UserError) as caught:
        opened(DvbprNpy, f"--npy={path}")

    assert str(caught.value).startswith(f"{path} {sentence}")
    assert str(caught.value).endswith(
        "; give a file that the authors of DVBPR released"
    )


def _saved(array):
    made = io.BytesIO()
    np.save(made, array)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b"",
            "is truncated or not an .npy file (ValueError); download it again",
        ),
        (b"PK\x03\x04 an npz", "is truncated or not an .npy file (ValueError)"),
        (
            pickle.dumps([1] * 6),
            "is truncated or not an .npy file (ValueError)",
        ),
        (
            b"\x93NUMPY\x09\x00" + b"\0" * 99,
            "is truncated or not an .npy file ",
        ),
        (_saved(np.arange(6)), "does not hold 6 pickled objects; give a file"),
        (_saved(np.array(None)), "does not hold 6 pickled objects; give a fil"),
    ],
)
def test_what_is_no_such_file(tmp_path, opened, data, sentence):
    path = tmp_path / "t.npy"
    path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        opened(DvbprNpy, f"--npy={path}")

    assert str(caught.value).startswith(f"{path} {sentence}")


def test_a_missing_file(tmp_path, opened):
    with pytest.raises(UserError, match="none.npy cannot be read: "):
        opened(DvbprNpy, f"--npy={tmp_path}/none.npy")
    with pytest.raises(UserError, match="cannot be read: .*directory"):
        opened(DvbprNpy, f"--npy={tmp_path}")


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0, 1, exclude_max=True))
@pytest.mark.parametrize("dump", WRITERS)
def test_a_file_that_was_cut(tmp_path_factory, write_npy, opened, dump, share):
    with open(write_npy(entries(), dump), "rb") as file:
        data = file.read()
    path = tmp_path_factory.mktemp("cut") / "cut.npy"
    path.write_bytes(data[: int(share * len(data))])

    with pytest.raises(UserError) as caught:
        opened(DvbprNpy, f"--npy={path}")

    assert re.match(
        rf"{path} is truncated or not an .npy file \(\w+\); download it again$",
        str(caught.value),
    )


def test_the_file_is_unpickled_once(write_npy, opened, rows_of, photos_of):
    path = write_npy(entries())
    source = opened(DvbprNpy, f"--npy={path}")
    os.remove(path)

    for table in ("interactions", "items", "photos"):
        assert rows_of(source, table)
    assert photos_of(source)


def test_ranges_of_rows(write_npy, opened, rows_of, photos_of, monkeypatch):
    """A large file goes to many shards, in the same order."""
    path = write_npy(entries())
    source = opened(DvbprNpy, f"--npy={path}")
    tables = [rows_of(source, one) for one in ("interactions", "items")]
    photos = photos_of(source)

    monkeypatch.setattr("beam_jobs.sources.dvbpr_npy._CHUNK_ROWS", 2)

    assert len(source.chunks("photos")) > 1
    assert tables == [rows_of(source, one) for one in ("interactions", "items")]
    assert photos == photos_of(source)
