"""Reviews and metadata in the forms of 2014 and of 2018."""

import gzip
import json

import pytest

from atelier.io.errors import UserError
from beam_jobs.sources.amazon_reviews import AmazonReviews
from beam_jobs.tables import blocks
from beam_jobs.tables.row import BadRow

REVIEW = {
    "reviewerID": "A1",
    "asin": "B1",
    "reviewerName": "Jane Doe",
    "helpful": [0, 1],
    "reviewText": "My secret: it fits.",
    "overall": 5.0,
    "summary": "Lovely",
    "unixReviewTime": 1372809600,
    "reviewTime": "07 3, 2013",
}
META_2014 = {
    "asin": "B1",
    "title": 'Ann\'s "top"',
    "price": 9.99,
    "imUrl": "http://images.example/I/1.jpg",
    "related": {"also_bought": ["B2"]},
    "categories": [
        ["Clothing, Shoes & Jewelry", "Women", "Clothing", "Tops"],
        ["Novelty"],
    ],
}
META_2018 = {
    "asin": "B1",
    "title": "Top",
    "category": ["Clothing, Shoes &amp; Jewelry", " Women\n", "Clothing", "T"],
    "image": ["https://images.example/small.jpg"],
    "imageURL": ["https://images.example/low.jpg"],
    "imageURLHighRes": ["https://images.example/1.jpg", "https://x/2.jpg"],
}


@pytest.fixture
def made(tmp_path):
    """Writes both files; returns the flags that name them."""

    def made(metadata=(META_2018,), reviews=(REVIEW,), as_python=False):
        write = repr if as_python else json.dumps
        _lines(tmp_path / "reviews.json", map(json.dumps, reviews))
        _lines(tmp_path / "meta.json.gz", map(write, metadata))
        return [
            f"--reviews={tmp_path}/reviews.json",
            f"--metadata={tmp_path}/meta.json.gz",
        ]

    return made


def _lines(path, lines):
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_reviews_without_personal_text(made, opened, rows_of):
    source = opened(AmazonReviews, *made())

    ((number, row),) = rows_of(source, "interactions")

    assert number == 1
    assert {name: one for name, one in row.items() if one != {}} == {
        "user_id": "A1",
        "item_id": "B1",
        "time": 1372809600,
        "weight": 5.0,
    }


@pytest.mark.parametrize(
    ("metadata", "as_python"), [(META_2014, True), (META_2018, False)]
)
def test_metadata(made, opened, rows_of, metadata, as_python):
    flags = made([metadata], as_python=as_python)
    source = opened(AmazonReviews, *flags, "--attribute_columns=title")

    assert rows_of(source, "items") == [
        (
            1,
            {
                "item_id": "B1",
                "category": "Clothing, Shoes & Jewelry > Women > Clothing",
                "attributes": {"title": metadata["title"]},
            },
        )
    ]


@pytest.mark.parametrize(
    ("depth", "category"), [(1, "A"), (3, "A > B > C"), (9, "A > B > C > D")]
)
def test_category_depth(made, opened, rows_of, depth, category):
    flags = made([{"asin": "1", "categories": [["A", "B", "C", "D"], ["E"]]}])

    source = opened(AmazonReviews, *flags, f"--category_depth={depth}")

    ((_, row),) = rows_of(source, "items")
    assert row["category"] == category


@pytest.mark.parametrize(
    ("found", "category"),
    [
        ({}, None),
        ({"categories": []}, None),
        ({"categories": [[]]}, None),
        ({"categories": "A", "category": None}, None),
        ({"category": []}, None),
        ({"category": "A"}, None),
        ({"category": ["<span>A</span>", "B"]}, None),
        ({"category": ["A", '<div class="a">B', "C"]}, "A"),
        ({"category": ["A", 3, "C"]}, "A"),
        ({"category": ["A", " ", "C"]}, "A"),
        ({"category": ["A\n  a", "B"]}, "A a > B"),
        ({"categories": [], "category": ["A"]}, "A"),
    ],
)
def test_category_paths_that_hold_rubbish(
    made, opened, rows_of, found, category
):
    source = opened(AmazonReviews, *made([{"asin": "1", **found}]))

    ((_, row),) = rows_of(source, "items")
    assert row["category"] == category


@pytest.mark.parametrize(
    ("found", "photo"),
    [
        (META_2014, "http://images.example/I/1.jpg"),
        (META_2018, "https://images.example/1.jpg"),
        (
            {**META_2018, "imageURLHighRes": []},
            "https://images.example/low.jpg",
        ),
        ({"image": ["https://a/b.jpg"]}, "https://a/b.jpg"),
        ({"image": "https://a/b.jpg"}, "https://a/b.jpg"),
        ({"image": [None, 3, "", "https://a/b.jpg"]}, "https://a/b.jpg"),
        ({"imUrl": "http://a/G/01/x-site/icons/no-img-sm._CB1_.gif"}, None),
        ({"imUrl": "/etc/passwd"}, None),
        ({"imUrl": "file:///etc/passwd"}, None),
        ({"imUrl": "../b.jpg"}, None),
        ({}, None),
    ],
)
def test_photos_by_their_address(made, opened, rows_of, found, photo):
    source = opened(AmazonReviews, *made([{"asin": "B1", **found}]))

    assert rows_of(source, "photos") == [(1, {"item_id": "B1", "photo": photo})]
    assert source.photo_root is not None


def test_photos_from_a_folder(made, opened, rows_of, tmp_path):
    source = opened(AmazonReviews, *made(), f"--photo_root={tmp_path}")

    assert source.photo_root == str(tmp_path)
    ((_, row),) = rows_of(source, "photos")
    assert row["photo"] == "B1.jpg"


def test_globs_and_workers(tmp_path, opened, rows_of):
    for name in "ab":
        _lines(tmp_path / f"reviews_{name}.jsonl", [json.dumps(REVIEW)] * 2)
        _lines(tmp_path / f"meta_{name}.json", [repr(META_2014)])

    source = opened(
        AmazonReviews,
        f"--reviews={tmp_path}/reviews_*.jsonl",
        f"--metadata={tmp_path}/meta_*.json",
    )

    numbers = [one for one, _ in rows_of(source, "interactions")]
    assert numbers == [1, 2, 1, 2]
    assert [chunk.path for chunk in source.chunks("items")] == [
        f"{tmp_path}/meta_a.json",
        f"{tmp_path}/meta_b.json",
    ]
    assert source.chunks("photos") == source.chunks("items")


@pytest.mark.parametrize(
    "line",
    [
        "<html>My secret</html>",
        "{'asin': 'My secret'",
        "{'asin': My_secret}",
        "__import__('os').system('touch My secret')",
        "{'asin': open('My secret')}",
        "{'asin': 'My\0secret'}",
        "{" * 500,
        "-" * 100_000 + "1",
        "{'a': [1]}['a']",
        "['My secret']",
        '"My secret"',
        "{[]: 1}",
    ],
)
def test_a_malformed_line_is_kept_and_not_quoted(tmp_path, made, opened, line):
    flags = made()
    for name, good in (("reviews", REVIEW), ("meta", META_2014)):
        _lines(tmp_path / f"{name}.json", [repr(good), line, repr(good)])
    flags = [f"--reviews={tmp_path}/reviews.json"]
    flags += [f"--metadata={tmp_path}/meta.json"]

    source = opened(AmazonReviews, *flags)

    for table in ("interactions", "items", "photos"):
        (chunk,) = source.chunks(table)
        first, bad, last = source.read(table, chunk)
        assert isinstance(bad, BadRow)
        assert [one.address[1] for one in (first, bad, last)] == [1, 2, 3]
        assert "secret" not in bad.detail
        assert first.values == last.values


def test_rows_that_lack_what_they_need_are_kept(made, opened, rows_of):
    flags = made(
        [META_2018, {"title": "no asin"}], [REVIEW, {"reviewText": "x"}]
    )
    source = opened(AmazonReviews, *flags, "--photo_root=.")

    for table in ("interactions", "items", "photos"):
        number, row = rows_of(source, table)[1]
        assert number == 2
        assert row["item_id"] is None


@pytest.mark.parametrize("missing", ["reviewerID", "asin", "unixReviewTime"])
def test_reviews_of_another_form(made, opened, missing):
    review = {key: one for key, one in REVIEW.items() if key != missing}

    with pytest.raises(UserError) as caught:
        opened(AmazonReviews, *made(reviews=[review]))

    assert f"reviews.json has no column {missing!r}, it has " in str(
        caught.value
    )
    assert str(caught.value).endswith(
        "correct it with --reviews (a file of McAuley's 2014 or 2018 release)"
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "holds no rows; add rows to it"),
        (b"user,item\n1,2\n", "cannot be read: row 1 is not a JSON "),
        (
            gzip.compress(b"{}\n" * 9, mtime=0)[:-4],
            "cannot be read: row 1 is not a JSON",
        ),
    ],
)
def test_what_are_no_reviews(tmp_path, made, opened, data, sentence):
    flags = made()
    (tmp_path / "reviews.json").write_bytes(data)

    with pytest.raises(UserError) as caught:
        opened(AmazonReviews, *flags)

    assert str(caught.value).startswith(f"{tmp_path}/reviews.json {sentence}")


def test_missing_files(made, opened):
    flags = made()

    with pytest.raises(UserError, match="matches no file; check the path"):
        opened(AmazonReviews, flags[0], "--metadata=/none.json")


def test_a_depth_that_is_none(made, opened):
    with pytest.raises(UserError, match="must be at least 1, got 0"):
        opened(AmazonReviews, *made(), "--category_depth=0")


def test_a_large_file_is_read_in_blocks(made, opened, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 64)
    source = opened(AmazonReviews, *made())

    (reviews,) = source.chunks("interactions")
    assert len(source.blocks("interactions", reviews)) > 1
    # Its metadata are compressed.
    assert source.blocks("items", *source.chunks("items")) == []
