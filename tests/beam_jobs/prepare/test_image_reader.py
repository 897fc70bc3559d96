"""Photo files are read from inside of their root, and nothing hangs."""

import os
import pathlib
import pickle
import socket

import pytest
from apache_beam.io.localfilesystem import LocalFileSystem

from beam_jobs.prepare import image_reader
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_reader import PhotoFiles
from beam_jobs.prepare.image_reader import check_size


class ShopFileSystem(LocalFileSystem):
    """A bucket: `shop://folder/…` is what Beam opens for it."""

    folder: pathlib.Path

    @classmethod
    def scheme(cls):
        return "shop"

    def open(self, path, *args, **kwargs):
        path = path.removeprefix("shop://bucket/")
        return super().open(str(self.folder / path), *args, **kwargs)


@pytest.fixture
def root(tmp_path):
    """A folder with a photo, beside a file that is none of its business."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    root = tmp_path / "photos"
    (root / "hats").mkdir(parents=True)
    (root / "a.jpg").write_bytes(b"a photo")
    (root / "hats" / "back\\slash .jpg").write_bytes(b"a hat")
    ShopFileSystem.folder = root
    return root


def read(root, *paths):
    return list(PhotoFiles(str(root)).read(paths))


def test_paths_inside_the_root(root):
    paths = [
        "a.jpg",
        f"{root}/a.jpg",
        "hats/../a.jpg",
        "./hats//back\\slash .jpg",
        "../photos/a.jpg",
    ]

    assert read(root, *paths) == [
        b"a photo",
        b"a photo",
        b"a photo",
        b"a hat",
        b"a photo",
    ]


def test_a_root_may_be_relative_a_link_or_everything(root, monkeypatch):
    (root.parent / "link").symlink_to(root)
    monkeypatch.chdir(root)

    assert read("", "a.jpg") == [b"a photo"]
    assert read("hats/..", "a.jpg") == [b"a photo"]
    assert read("../link", "a.jpg", f"{root}/a.jpg") == [b"a photo"] * 2
    assert (
        read("/", f"{root}/a.jpg", str(root)[1:] + "/a.jpg") == [b"a photo"] * 2
    )


def test_links_inside_the_root(root):
    (root / "b.jpg").symlink_to("a.jpg")

    assert read(root, "b.jpg") == [b"a photo"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "hats/../../secret.txt",
        "/etc/passwd",
        "link.jpg",
        "folder/secret.txt",
        "x://../../secret.txt",
        "..",
        "../photos-of-others/a.jpg",
    ],
)
def test_paths_out_of_the_root(root, path):
    (root / "link.jpg").symlink_to("../secret.txt")
    (root / "folder").symlink_to(root.parent)
    (root / "x:").mkdir()
    path = path.replace("x:", "./x:")

    (photo,) = read(root, path)

    assert photo.reason == "photo_outside_root"
    assert photo.detail == (
        f"{path} is outside {root}; give --photo_root a folder or URI that "
        "holds all photos"
    )


@pytest.mark.parametrize(
    "path",
    [
        *("hats\\1 b.JPG", ".\\hats\\1 b.JPG", "/hats/1 b.JPG"),
        *("hats/1%20b.JPG", "  hats/1 b.JPG\u00a0", "/hats%2F1%20b.JPG"),
        *("hats/1 b.jpg", ".\\HATS/1 B.jpg", "{root}\\hats\\1 b.jpg"),
    ],
)
def test_spellings_of_other_systems(root, path):
    (root / "hats" / "1 b.JPG").write_bytes(b"another hat")

    assert read(root, path.format(root=root)) == [b"another hat"]


def test_the_literal_path_comes_first(root):
    for name in ("a%20b", "a b", " a b ", "a\\b", "A b"):
        (root / name).write_bytes(name.encode())

    assert read(root, "a%20b", " a b ", "a\\b", "a b", "A b") == [
        b"a%20b",
        b" a b ",
        b"a\\b",
        b"a b",
        b"A b",
    ]


def test_two_files_that_differ_in_case(root):
    for name in ("b.jpg", "B.jpg"):
        (root / name).write_bytes(b"")

    (photo,) = read(root, "b.JPG")

    assert photo.reason == "photo_unreadable"


def test_a_name_with_composed_letters(root):
    (root / "gru\u0308n.jpg").write_bytes(b"green")

    assert read(root, "gr\u00fcn.jpg") == [b"green"]


@pytest.mark.parametrize(
    "path",
    [
        *("%2e%2e/secret.txt", "%2E%2E%2Fsecret.txt", "..\\secret.txt"),
        *("/..\\secret.txt", "LINK.jpg", "Folder\\secret.txt", "//..//secret"),
        *("a.jpg%00.txt", "hats/%2e%2e/%2e%2e/secret.txt"),
    ],
)
def test_no_spelling_leaves_the_root(root, path, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", _no_names)
    (root / "link.jpg").symlink_to("../secret.txt")
    (root / "folder").symlink_to(root.parent)

    (photo,) = read(root, path)

    assert isinstance(photo, ImageError)


def _no_names(*_, **__):
    raise socket.gaierror("no network")


def test_what_is_no_file(root):
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    paths = ["hats", "pipe", "", "none.jpg", "a\0b", "loop", "x" * 5000]

    found = read(root, *paths)

    assert {photo.reason for photo in found} == {"photo_unreadable"}
    assert found[0].detail == "hats is not a regular file"
    assert found[1].detail == "pipe is not a regular file"
    assert found[3].detail.startswith("none.jpg cannot be read: [Errno 2]")
    # Python 3.13 says "stat: embedded null character in path".
    assert found[4].detail.startswith("a\0b cannot be read: ")
    assert "embedded null" in found[4].detail


def test_a_device(root):
    (photo,) = read("/dev", "zero")

    assert photo.detail == "zero is not a regular file"


@pytest.mark.parametrize("where", ["{root}", "shop://bucket"])
def test_size(root, where, monkeypatch):
    monkeypatch.setattr(image_reader, "MAX_PHOTO_BYTES", 6)
    (root / "b.jpg").write_bytes(b"123456")

    large, small = read(where.format(root=root), "a.jpg", "b.jpg")

    assert large.reason == "photo_too_large"
    assert large.detail.endswith("a.jpg has more than 6 bytes")
    assert small == b"123456"
    assert check_size(b"123456", "row 3") == b"123456"
    with pytest.raises(ImageError, match="^row 3 has more than 6 bytes$"):
        raise check_size(b"1234567", "row 3")


def test_other_file_systems(root):
    photo, none = read("shop://bucket", "a.jpg", "none.jpg")

    assert photo == b"a photo"
    assert none.reason == "photo_unreadable"
    assert none.detail.startswith("shop://bucket/none.jpg cannot be read: ")
    assert read("shop://bucket", " shop://bucket/a.jpg") == [photo]
    assert read("shop://", "shop://bucket/a.jpg") == [photo]
    spellings = ("/a.jpg", " a.jpg", ".\\a.jpg", "%61.jpg")
    assert read("shop://bucket", *spellings) == [photo] * 4
    (hat,) = read("shop://bucket", "hats/back\\slash .jpg")
    assert hat == b"a hat"


@pytest.mark.parametrize(
    "path", ["../a.jpg", "hats/../../a.jpg", "%2e%2e/a.jpg", "..\\a.jpg"]
)
def test_paths_stay_below_a_uri(root, path):
    (photo,) = read("shop://bucket/hats/", path)

    assert photo.reason == "photo_outside_root"


@pytest.mark.parametrize(
    ("below", "uri"),
    [
        ("", "shop://bucket/a.jpg"),
        ("{root}", "shop://bucket/a.jpg"),
        ("https://host", "shop://bucket/a.jpg"),
        ("nowhere://bucket", "shop://bucket/a.jpg"),
        ("shop://bucket/hats", "shop://bucket/a.jpg"),
        ("shop://buck", "shop://bucket/a.jpg"),
        ("shop://bucket/hats", "shop://bucket/hats/../a.jpg"),
        ("shop://bucket/hats", "shop://bucket/hats/%2e%2e/a.jpg"),
    ],
)
def test_uris_out_of_the_root(root, below, uri):
    """They would be read with the rights of the job."""
    (photo,) = read(below.format(root=root), uri)

    assert photo.reason == "photo_outside_root"


def test_file_uris(root):
    inside, local, outside, climbing, far = read(
        root,
        f"file://{root}/a.jpg",
        f" FILE://localhost{root}/hats/back%5Cslash%20.jpg",
        "file:///etc/passwd",
        f"file://{root}/%2e%2e/secret.txt",
        "file://host/a.jpg",
    )

    assert inside == b"a photo"
    assert local == b"a hat"
    assert outside.reason == climbing.reason == "photo_outside_root"
    assert far.reason == "photo_unreadable"
    assert isinstance(read(root, "file://[")[0], ImageError)
    assert far.detail == (
        "file://host/a.jpg is no file of this machine below --photo_root; give "
        "a path"
    )
    (remote,) = read("shop://bucket", "file:///etc/passwd")
    assert remote.reason == "photo_unreadable"


def test_an_unknown_scheme(root):
    (photo,) = read("nowhere://bucket", "nowhere://bucket/a.jpg")

    assert photo.reason == "photo_unreadable"
    assert photo.detail.startswith("nowhere://bucket/a.jpg cannot be read: ")


def test_goes_to_workers(root):
    files = pickle.loads(pickle.dumps(PhotoFiles(str(root), 3.0, 2)))

    assert list(files.read(["a.jpg"])) == [b"a photo"]
