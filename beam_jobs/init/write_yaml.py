"""Text of the YAML file, with a comment for each guess."""

import json
import math
import os
import textwrap

import yaml

from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting

_PATHS = ("interactions", "items", "photos", "photo_root", "data_dir")
"""Flags that hold paths."""
_WIDTH = 78


def yaml_text(plan: Plan, folder: str, data_dir: str, place: str) -> str:
    """Returns the file for `python -m beam_jobs.prepare --config`.

    Args:
        plan: Guessed flags.
        folder: Folder of the exports, for the heading.
        data_dir: Folder of the data set.
        place: Folder of the file, from which its relative paths start.
    """
    lines = [
        f"# Flags of `python -m beam_jobs.prepare`, guessed from {folder}.",
        "# Lines that begin with #name: are alternatives. Relative paths start",
        "# from the folder of this file.",
        *_comment("Unsure", plan.unsure),
        *_comment("Left out", plan.left_out),
    ]
    for title, settings in plan.sections.items():
        lines += ["", f"# {title}"]
        for setting in settings:
            lines += _lines(setting, place)
    output = Setting("data_dir", data_dir, "where the data set goes")
    lines += ["", "# Output", *_lines(output, place)]
    return "\n".join(lines) + "\n"


def _comment(title: str, sentences: list[str]) -> list[str]:
    if not sentences:
        return []
    return [
        "#",
        f"# {title}:",
        *(line for one in sentences for line in _wrapped(f"- {one}", "  ")),
    ]


def _lines(setting: Setting, place: str) -> list[str]:
    value = setting.value
    if setting.name in _PATHS and not os.path.isabs(str(value)):
        value = os.path.relpath(str(value), place or os.curdir)
    entry = f"{setting.name}: {_scalar(value)}"
    if not setting.is_active:
        entry = f"#{entry}"
    return [*_wrapped(setting.evidence, ""), entry]


def _wrapped(text: str, indent: str) -> list[str]:
    # YAML allows no control characters, not even in comments.
    printable = "".join(one if one.isprintable() else " " for one in text)
    return textwrap.wrap(
        " ".join(printable.split()),
        _WIDTH,
        initial_indent="# ",
        subsequent_indent=f"# {indent}",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _scalar(value: str | float | bool) -> str:
    """Returns a value in YAML, text without quotes where it stays the same."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        is_plain = yaml.safe_load(f"x: {value}") == {"x": value}
    except yaml.YAMLError:
        is_plain = False
    if is_plain:
        return value
    quoted = yaml.safe_dump(
        value, default_style='"', allow_unicode=True, width=math.inf
    )
    return str(quoted).strip()
