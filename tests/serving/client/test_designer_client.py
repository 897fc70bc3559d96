"""The client of the designer and its commands, against a tiny model."""

import io
import json
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from serving.client.cli import main
from serving.client.designer_client import DesignerClient
from serving.client.errors import ServingError
from serving.local_server.server import ModelServer


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[DesignerClient]:
    with DesignerClient(server.address) as opened:
        yield opened


def red_of(png: bytes) -> int:
    return Image.open(io.BytesIO(png)).getpixel((0, 0))[0]


def test_generate(client: DesignerClient) -> None:
    found = client.generate(["hat", "hat"], [7, 40])
    assert [red_of(image) for image in found.images] == [7, 40]
    np.testing.assert_allclose(found.realism, [0.7, 4])
    assert found.version == 3


def test_design(client: DesignerClient) -> None:
    found = client.design(["ann", "帽子"], ["hat", "hat"], [1, 2])
    assert [red_of(image) for image in found.images] == [1, 2]
    assert found.preference.tolist() == [1, 2]
    assert found.known.tolist() == [True, False]
    assert found.nearest_item_ids == [["ann", "hat"], ["帽子", "hat"]]


def test_compose(client: DesignerClient) -> None:
    found = client.compose(["ann", "帽子"], ["hat", "hat"], [1, 2], [0.5, 1])
    assert [red_of(image) for image in found.images] == [1, 2]
    assert found.preference.tolist() == [0.5, 1]
    assert client.compose(["ann"], ["hat"], [1]).preference == [1]
    assert found.cut_item_ids == ["ann", "帽子"]
    assert found.cloth_item_ids == ["hat", "hat"]
    assert (found.colors[0], found.color_names[0]) == ("#0000ff", "blue")
    assert found.nearest_item_ids == [["ann", "hat"], ["帽子", "hat"]]
    assert found.known.tolist() == [True, False]


def test_restyle(client: DesignerClient, red_png: bytes) -> None:
    found = client.restyle(
        ["ann", "帽子"], [red_png] * 2, ["hat"] * 2, [0.5, 0.2]
    )
    assert [red_of(image) for image in found.images] == [50, 20]
    assert found.preference_input.tolist() == [-1, -1]
    assert found.preference_before.tolist() == [0, 0]
    np.testing.assert_allclose(found.preference_after, [0.5, 0.2])
    assert found.known.tolist() == [True, False]


def test_recolor(client: DesignerClient, red_png: bytes) -> None:
    found = client.recolor(
        ["ann", "帽子"], [red_png] * 2, [0.5, 0.2], ["", "帽子"]
    )
    assert [red_of(image) for image in found.images] == [50, 20]
    assert found.preference_before.tolist() == [0, 0]
    np.testing.assert_allclose(found.preference_after, [0.5, 0.2])
    assert found.cloth_item_ids == ["", "帽子"]
    assert (found.colors[0], found.color_names[0]) == ("#0000ff", "blue")
    assert found.known.tolist() == [True, False]
    favorite = client.recolor(["ann"], [red_png], [1.0])
    assert favorite.cloth_item_ids == [""]


def test_an_unknown_category_is_rejected_with_the_known_ones(
    client: DesignerClient,
) -> None:
    with pytest.raises(ServingError) as caught:
        client.generate(["boat"], [1])
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.message.endswith(
        "failed with INVALID_ARGUMENT: There is no category boat; the designer "
        "has hat. Check the values that were sent."
    )


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda c: c.generate(["hat"], [1, 2]), "1 categories and 2 seeds"),
        (lambda c: c.generate([], []), "at least one row"),
        (
            lambda c: c.generate(["hat"], [2**63]),
            "integers from -9.*; received 9",
        ),
        (lambda c: c.generate(["hat"], [1.5]), "integers from .*ceived 1.5"),
        (lambda c: c.generate([""], [1]), "must not hold an empty id"),
        (lambda c: c.design(["a"], ["hat"], []), "and 0 seeds"),
        (lambda c: c.restyle(["a"], [b""], ["hat"], [1]), "received b''"),
        (lambda c: c.restyle(["a"], [b"x"], ["hat"], [1.1]), "received 1.1"),
        (lambda c: c.recolor(["a"], [b"x"], [-0.1]), "received -0.1"),
        (
            lambda c: c.restyle(["a"], [b"x"], ["hat"], [float("nan")]),
            "from 0 to 1; received nan",
        ),
    ],
)
def test_requests_that_make_no_sense_are_not_sent(
    ask: Callable[[DesignerClient], object], text: str
) -> None:
    with (
        DesignerClient("127.0.0.1:1") as client,
        pytest.raises(ValueError, match=text),
    ):
        ask(client)


def ask(server: ModelServer, *arguments: object) -> int:
    return main(["--server", server.address, *map(str, arguments)])


def test_command_generate_saves_images_and_prints_a_table(
    server: ModelServer, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "new" / "folder"
    arguments = ["--category", "hat", "--count", 2, "--seed", 4, "--out", out]
    assert ask(server, "generate", *arguments) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["category", "seed", "realism", "file"],
        ["hat", "4", "0.4000", str(out / "000-hat-4.png")],
        ["hat", "5", "0.5000", str(out / "001-hat-5.png")],
    ]
    assert red_of((out / "001-hat-5.png").read_bytes()) == 5


def test_command_design_keeps_ids_inside_the_folder(
    server: ModelServer, tmp_path: Path, capsys
) -> None:
    arguments = ["--user", "../ann", "--user", "帽子", "--category", "hat"]
    assert ask(server, "design", *arguments, "--out", tmp_path, "--json") == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["known_user"] is False
    assert first["nearest_item"] == "../ann"
    assert first["file"] == str(tmp_path / "000-.._ann-hat-0.png")
    assert second["file"] == str(tmp_path / "001-帽子-hat-0.png")
    assert len(list(tmp_path.iterdir())) == 2


def test_command_compose_says_what_a_design_is_made_of(
    server: ModelServer, tmp_path: Path, capsys
) -> None:
    arguments = ["--user", "ann", "--category", "hat", "--count", 2]
    bold = ["--boldness", 0.25, "--out", tmp_path, "--json"]
    assert ask(server, "compose", *arguments, *bold) == 0
    _, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert second == {
        "user_id": "ann",
        "known_user": True,
        "category": "hat",
        "seed": 1,
        "preference": 0.75,
        "cut_item": "ann",
        "cloth_item": "hat",
        "color": "blue",
        "nearest_item": "ann",
        "file": str(tmp_path / "001-ann-hat-1.png"),
    }
    assert red_of((tmp_path / "001-ann-hat-1.png").read_bytes()) == 1


def test_command_restyle(
    server: ModelServer, tmp_path: Path, red_png: bytes, capsys
) -> None:
    photo = tmp_path / "red.png"
    photo.write_bytes(red_png)
    arguments = ["--user", "ann", "--image", photo, "--category", "hat"]
    strength = ["--strength", 0.25, "--out", tmp_path, "--json"]
    assert ask(server, "restyle", *arguments, *strength) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["known_user"]
    assert (answer["of_photo"], answer["before"]) == (-1, 0)
    assert answer["after"] == 0.25
    assert red_of(Path(answer["file"]).read_bytes()) == 25


def test_command_recolor(
    server: ModelServer, tmp_path: Path, red_png: bytes, capsys
) -> None:
    photo = tmp_path / "red.png"
    photo.write_bytes(red_png)
    arguments = ["--user", "ann", "--image", photo, "--cloth", "帽子"]
    strength = ["--strength", 0.25, "--out", tmp_path, "--json"]
    assert ask(server, "recolor", *arguments, *strength) == 0
    assert json.loads(capsys.readouterr().out) == {
        "user_id": "ann",
        "known_user": True,
        "image": str(photo),
        "before": 0.0,
        "after": 0.25,
        "cloth_item": "帽子",
        "color": "blue",
        "file": str(tmp_path / "000-ann-red.png"),
    }


def test_command_wait(server: ModelServer, capsys) -> None:
    assert ask(server, "--model", "designer", "wait") == 0
    assert ask(server, "--model", "x", "wait", "--timeout_seconds", 0) == 1
    assert "Model 'x' at" in capsys.readouterr().err


def test_the_version_or_the_label_to_ask(server: ModelServer, capsys) -> None:
    design = ["generate", "--category", "hat"]
    assert ask(server, "--version", 9, *design) == 1
    assert "Specific(designer, 9)" in capsys.readouterr().err
    assert ask(server, "--label", "canary", *design) == 1
    assert "label: canary" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["generate", "--category", "hat", "--out", "{file}"], "another --out"),
        (
            ["--tls_ca", "no.pem", "generate", "--category", "hat"],
            "Cannot read no.pem",
        ),
        (
            ["--tls_key", "no.pem", "generate", "--category", "hat"],
            "Give both the client certificate and its key",
        ),
    ],
)
def test_command_errors_are_one_line(
    server: ModelServer, tmp_path: Path, capsys, arguments, text: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    given = [argument.format(file=file) for argument in arguments]
    assert ask(server, *given) == 1
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.err.count("\n") == 1
