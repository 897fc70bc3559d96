"""Values of a configuration: command line, file, preset, defaults."""

import argparse
import dataclasses
import pathlib

import pytest
import yaml

from atelier.cli.flags import Command
from atelier.cli.flags import ConflictError
from atelier.cli.flags import Options
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.cli.run_config import Config
from atelier.io.errors import UserError
from trainer.gan.config import GanConfig
from trainer.recommender.config import RecommenderConfig

CONFIGS = sorted((pathlib.Path(__file__).parents[3] / "configs").iterdir())


@dataclasses.dataclass(frozen=True)
class Example(Config):
    KIND = "example"
    PRESETS = {"small": {}, "large": {"width": 64, "rate": 0.5, "wide": True}}
    MAY_CHANGE = ()
    width: int = option(8, "columns", least=1)
    rate: float = option(0.1, "step size")
    name: str = option("a", "label")
    wide: bool = option(False, "twice as wide")

    def __post_init__(self):
        super().__post_init__()
        if self.width == 13:
            raise ConflictError(
                "bad luck", {"width": self.width, "name": self.name}
            )


@pytest.fixture
def parsed(tmp_path):
    """Returns parsed(*flags, config=None): from a file of that text."""

    def parse(*flags, config=None):
        if config is not None:
            path = tmp_path / "config.yaml"
            path.write_text(config)
            flags = (f"--config={path}", *flags)
        parser = argparse.ArgumentParser()
        Example.add_arguments(parser)
        return Example.from_arguments(parser.parse_args(flags))

    return parse


def test_a_flag_beats_the_file_which_beats_the_preset(parsed):
    config = "preset: large\nwidth: 16\nname: b\n"
    assert parsed(config=config) == Example(16, 0.5, "b", True)
    assert parsed("--width=4", config=config) == Example(4, 0.5, "b", True)
    assert parsed("--preset=small", config=config) == Example(16, 0.1, "b")
    assert parsed() == Example()
    assert not parsed("--no-wide", config=config).wide


@pytest.mark.parametrize("text", ["1e-3", "1.0e-3", "0.001"])
def test_numbers_as_people_write_them(parsed, text):
    assert parsed(config=f"rate: {text}").rate == 0.001
    assert parsed(config="rate: 1").rate == 1.0


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("widht: 4", "'widht' cannot be set in a file; the names are those of"),
        ("data_dir: x", "example --help`, except --config, --data_dir and --r"),
        ("preset: [a]", "preset is one of small, large, got ['a']"),
        ("preset: huge", "preset is one of small, large, got 'huge'"),
        ("width: 1.5", "width must be of type int, got 1.5"),
        ("width: true", "width must be of type int, got True"),
        ("rate: fast", "rate must be of type float, got 'fast'"),
        ("wide: 1", "wide must be of type bool, got 1"),
        ("name: 3", "name must be of type str, got 3"),
        ("name:", "name must be of type str, got None"),
        ("width: 0", "--width must be at least 1, got 0"),
        ("- width", "must hold one `name: value` per line"),
        ("", "must hold one `name: value` per line"),
        ("1: 2", "must hold one `name: value` per line"),
        ("width: [", "cannot be read: while parsing"),
        ("a: !!python/object/apply:os.getcwd []", "cannot be read: could not"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(parsed, config, words):
    with pytest.raises(UserError) as error:
        parsed(config=config)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("flags", "config", "words"),
    [
        (["--width=13"], None, "--width 13 with --name a (the default): bad l"),
        (["--name=b"], "width: 13", "--name b with --width 13 (in "),
        ([], "preset: large\nwidth: 13", "--width 13 (in "),
    ],
)
def test_a_contradiction_names_the_flags_and_where_values_come_from(
    parsed, flags, config, words
):
    with pytest.raises(UserError) as error:
        parsed(*flags, config=config)
    assert str(error.value).startswith(words)


def test_a_missing_file_is_one_sentence(parsed):
    with pytest.raises(UserError, match="--config no.yaml cannot be read: "):
        parsed("--config=no.yaml")


def test_help_lists_the_values_of_presets():
    parser = argparse.ArgumentParser()
    Example.add_arguments(parser)
    assert (
        "presets:\n  small: the defaults above\n"
        "  large: --width=64 --rate=0.5 --wide" in parser.format_help()
    )


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_file_is_a_configuration(path):
    kind = GanConfig if path.stem == "gan" else RecommenderConfig
    parser = argparse.ArgumentParser()
    kind.add_arguments(parser)
    config = kind.from_arguments(parser.parse_args([f"--config={path}"]))
    for name, value in yaml.safe_load(path.read_text()).items():
        assert name == "preset" or getattr(config, name) == value
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("brand", ["brand"]),
        ("brand, colour", ["brand", "colour"]),
        ('brand, "Price, EUR"," odd"', ["brand", "Price, EUR", " odd"]),
    ],
)
def test_listed(text, names):
    assert listed(text) == names


def test_a_list_of_several_lines_is_rejected_in_one_sentence():
    with pytest.raises(UserError, match="separated by commas, got 'a.rb'"):
        listed("a\rb")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program(Options):
    TITLE = "the program"
    path: pathlib.Path = option(..., "input")
    names: tuple[str, ...] = option((), "names; may be repeated")
    sizes: tuple[int, ...] = option((8, 9), "sides (default: 8 9)", nargs="+")
    limit: int | None = option(None, "maximum", least=0)
    rate: float = option(2.0, "calls per second", parse=float)
    newest: str | None = option(None, "one of two", exclusive="which")
    oldest: bool = option(
        False, "the other", exclusive="which", action="store_true"
    )


def test_a_program_of_flags_of_each_type(capsys):
    def parse(*flags):
        return Program.parse(flags, "program", "Reads\nfiles.")

    read = parse("--path=a", "--names=b", "--names=c d", "--sizes", "1", "2")
    assert read == Program(
        path=pathlib.Path("a"), names=("b", "c d"), sizes=(1, 2)
    )
    assert parse("--path=a").sizes == (8, 9)
    assert parse("--path=a", "--oldest").oldest
    assert parse("--path=a", "--rate=-1").rate == -1
    with pytest.raises(UserError, match="--limit must be at least 0, got -1"):
        parse("--path=a", "--limit=-1")
    for flags, words in (
        ([], "required: --path"),
        (["--path=a", "--oldest", "--newest=b"], "not allowed with"),
        (["--path=a", "--sizes", "x"], "invalid int value: 'x'"),
    ):
        with pytest.raises(SystemExit):
            parse(*flags)
        assert words in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse("--help")
    shown = capsys.readouterr().out
    assert "Reads\nfiles." in shown
    assert "the program:\n  --path PATH" in shown
    assert "calls per second (default: 2)" in shown
    assert shown.count("(default") == 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Folders(Options):
    files: tuple[str, ...] = option(..., "inputs", flag="files", nargs="+")
    folders: tuple[str, ...] = option(
        (), "folders", flag="--folder", parse=listed, action="store"
    )
    batching: bool | None = option(None, "batches")
    out: str = option(..., "output")

    @classmethod
    def add_arguments(cls, parser, **defaults):
        super().add_arguments(parser, out="here", **defaults)


def test_a_command_gets_its_options_of_each_class():
    received = []
    command = Command(
        "join",
        lambda *options: received.extend(options),
        (Folders, Example),
        summary="join files",
    )
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    args = parser.parse_args(["join", "a", "b", "--folder=c,d", "--width=3"])
    args.run(args)
    folders = Folders(files=("a", "b"), folders=("c", "d"), out="here")
    assert received == [folders, Example(width=3)]
    args = parser.parse_args(["join", "a", "--no-batching"])
    assert Folders.from_arguments(args).batching is False


def test_a_command_may_have_defaults_of_its_own():
    received = []
    command = Command(
        "join",
        received.append,
        (Folders,),
        summary="join files",
        defaults={"batching": True},
    )
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    for flags in ([], ["--no-batching"]):
        args = parser.parse_args(["join", "a", *flags])
        args.run(args)
    assert [options.batching for options in received] == [True, False]


def test_a_default_out_of_range_is_rejected_where_it_is_declared():
    with pytest.raises(UserError, match="^seed must be positive, got 0$"):
        option(0, "seed")
    with pytest.raises(UserError, match="^rate must be at most 1, got 2.0$"):
        option(2.0, "rate", most=1)
