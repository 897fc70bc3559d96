"""Documentation: its commands, flags, names, files and links exist."""

import argparse
import ast
import functools
import importlib
import importlib.util
import pathlib
import re
import textwrap

import pytest

from atelier.cli.console import COMMANDS
from beam_jobs.sources import SOURCES

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
BLOCK = re.compile(
    r"^```[^\n]*\n(.*?)^```$|((?:^ {4}[^\n]*\n|^\n(?= {4}))+)", re.M | re.S
)
COMMAND = re.compile(
    r"(?:^|python -m )"
    r"((?:atelier|beam_jobs|benchmarks|export|serving|trainer)(?:\.\w+)+)"
    r"( [^|;&>#]*)?"
)
SCRIPT = re.compile(r"^atelier ([a-z][^|;&>#]*)")
FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")


class ParserReady(BaseException):
    """Raised in place of parsing; holds the parser."""


@functools.cache
def parser_of(module: str, *arguments: str) -> argparse.ArgumentParser:
    """The argument parser that a command builds; nothing is run."""
    parse_known_args = argparse.ArgumentParser.parse_known_args

    def stop(parser, args=None, namespace=None):
        if not parser.add_help:  # It only finds which flags to add.
            return parse_known_args(parser, args, namespace)
        raise ParserReady(parser)

    command = importlib.import_module(module)
    if not hasattr(command, "main"):
        command = importlib.import_module(f"{module}.cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_known_args", stop)
        with pytest.raises(ParserReady) as ready:
            command.main(list(arguments))
    return ready.value.args[0]


@functools.cache
def beam_flags() -> set[str]:
    from apache_beam.options.pipeline_options import PipelineOptions

    parsers = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    return set(parsers[0]._option_string_actions)


@functools.cache
def all_flags() -> set[str]:
    flags = beam_flags()
    commands = [(command.module,) for command in COMMANDS.values()]
    sources = [("beam_jobs.prepare", f"--source={name}") for name in SOURCES]
    for command in commands + sources:
        parsers = [parser_of(*command)]
        while parsers:
            parser = parsers.pop()
            flags |= set(parser._option_string_actions)
            for action in parser._actions:
                if isinstance(action, argparse._SubParsersAction):
                    parsers += action.choices.values()
    return flags


def check_command(module: str, arguments: str) -> None:
    flags = set(FLAG.findall(re.sub(r"\$\(.*?\)", "", arguments)))
    assert importlib.util.find_spec(module)
    source = re.findall(r"--source \w+", arguments)
    parser = parser_of(module, *" ".join(source[:1]).split())
    known = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) and arguments:
            words = re.findall(r"(?<!\S)[a-z][a-z-]*(?!\S)", arguments)
            named = [word for word in words if word in action.choices]
            assert named, f"{sorted(action.choices)} are the commands"
            known |= set(action.choices[named[0]]._option_string_actions)
    if module.startswith("beam_jobs."):
        known |= beam_flags()
    assert flags - known == set()


def blocks_and_spans(page: pathlib.Path) -> tuple[list[str], list[str]]:
    """Code blocks, and code in lines of text; a continued line is one line."""
    text = page.read_text()
    blocks = [
        re.sub(r"\\\n\s*", "", textwrap.dedent(fenced or indented))
        for fenced, indented in BLOCK.findall(text)
    ]
    spans = re.findall(r"`([^`]+)`", BLOCK.sub("\n", text))
    return blocks, [" ".join(span.split()) for span in spans]


def lines_of(page: pathlib.Path) -> list[str]:
    blocks, spans = blocks_and_spans(page)
    return [line for block in blocks for line in block.splitlines()] + spans


@pytest.fixture(params=PAGES, ids=lambda path: path.name)
def page(request) -> pathlib.Path:
    return request.param


def test_commands_have_the_flags_that_pages_give(page):
    for line in lines_of(page):
        for module, arguments in COMMAND.findall(line):
            if arguments or "python -m" in line:
                check_command(module, arguments)
        for words in SCRIPT.findall(line):
            first, *rest = words.split()
            name = " ".join([first, *rest[:1]])
            command = COMMANDS.get(name) or COMMANDS[first]
            check_command(command.module, " ".join([*command.arguments, *rest]))


def test_flags_in_the_text_are_those_of_some_command(page):
    sources = "".join(
        path.read_text()
        for path in (
            ROOT / "serving" / "ops" / "configure.py",  # Of TF Serving.
            *(ROOT / "beam_jobs").glob("engines/*.py"),
            *(ROOT / "benchmarks").glob("*.py"),
        )
    )
    for span in blocks_and_spans(page)[1]:
        for flag in FLAG.findall(span):
            # Flags of other programs have dashes.
            if "_" in flag and flag not in all_flags():
                option = f"    {flag.removeprefix('--')}: "
                assert flag in sources or option in sources, flag


def test_python_code_imports_what_exists(page):
    blocks, _ = blocks_and_spans(page)
    for block in blocks:
        if not re.search(r"^(from|import) ", block, re.M):
            continue
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    importlib.import_module(alias.name)
            elif isinstance(node, ast.ImportFrom):
                module = importlib.import_module(node.module)
                for alias in node.names:
                    assert hasattr(module, alias.name), ast.unparse(node)


def test_dotted_names_exist(page):
    for span in blocks_and_spans(page)[1]:
        if COMMAND.fullmatch(span) and " " not in span:
            module, name = span.rsplit(".", 1)
            parent = importlib.import_module(module)
            assert hasattr(parent, name) or importlib.util.find_spec(span), span


def test_files_exist(page):
    for span in blocks_and_spans(page)[1]:
        if re.fullmatch(r"[a-z_]+/[\w./-]+\.(py|md|sh|txt|yaml|yml)", span):
            assert (ROOT / span).exists() or span.startswith("runs/"), span


def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    for line in lines_of(page):
        for target in re.findall(r"(?:^|&& )make ([a-z-]+)", line):
            assert f"\n{target}:" in makefile, line


def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
            slugs = {
                re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
                for title in titles
            }
            assert anchor in slugs, target
