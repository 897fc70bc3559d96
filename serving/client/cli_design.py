"""Designer commands, which generate images: generate, design, restyle."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serving.client.cli_args import add_command
from serving.client.cli_args import add_list
from serving.client.cli_args import positive
from serving.client.cli_output import print_rows
from serving.client.cli_output import read_image
from serving.client.designer_client import DesignerClient


def add_pictures(commands: Any) -> None:
    """Adds the commands of the designer.

    Args:
        commands: Subparsers action of the client's parser.
    """
    generate = add_command(
        commands,
        DesignerClient,
        "generate",
        _generate,
        "generate random images of a category",
        "--category Dress --count 4 --out generated",
    )
    design = add_command(
        commands,
        DesignerClient,
        "design",
        _design,
        "generate the images with the highest predicted preference of a user",
        "--user U1 --category Dress --out generated",
    )
    restyle = add_command(
        commands,
        DesignerClient,
        "restyle",
        _restyle,
        "edit images towards a user's taste",
        "--user U1 --category Dress --image dress.jpg --strength 0.5",
    )
    for command in (design, restyle):
        add_list(command, "--user", "user id; may be repeated")
    for command in (generate, design):
        add_list(command, "--category", "category; may be repeated")
        command.add_argument(
            "--seed",
            type=int,
            default=0,
            help="first random seed (default: %(default)d)",
        )
        command.add_argument(
            "--count",
            type=positive,
            default=1,
            help="images per category and user, with consecutive seeds "
            "(default: %(default)d)",
        )
    add_list(
        restyle, "--image", "JPEG or PNG file; may be repeated", convert=Path
    )
    restyle.add_argument(
        "--category", required=True, help="category of the images"
    )
    restyle.add_argument(
        "--strength",
        type=float,
        default=0.5,
        help="edit strength: 0 for a reconstruction of the image, 1 for the "
        "largest change (default: %(default)g)",
    )
    for command in (generate, design, restyle):
        command.add_argument(
            "--out",
            type=Path,
            default=Path("designs"),
            help="folder for the PNG files (default: %(default)s)",
        )


def _generate(client: DesignerClient, options: argparse.Namespace) -> None:
    rows = [
        (category, seed)
        for category in options.category
        for seed in _seeds(options)
    ]
    result = client.generate([c for c, _ in rows], [s for _, s in rows])
    files = _save(options.out, result.images, [f"{c}-{s}" for c, s in rows])
    print_rows(
        [
            {
                "category": category,
                "seed": seed,
                "realism": float(result.realism[row]),
                "file": files[row],
            }
            for row, (category, seed) in enumerate(rows)
        ],
        options,
    )


def _design(client: DesignerClient, options: argparse.Namespace) -> None:
    rows = [
        (user, category, seed)
        for user in options.user
        for category in options.category
        for seed in _seeds(options)
    ]
    result = client.design(
        [user for user, _, _ in rows],
        [category for _, category, _ in rows],
        [seed for _, _, seed in rows],
    )
    files = _save(
        options.out, result.images, [f"{u}-{c}-{s}" for u, c, s in rows]
    )
    print_rows(
        [
            {
                "user_id": user,
                "known_user": bool(result.known[row]),
                "category": category,
                "seed": seed,
                "preference": float(result.preference[row]),
                "realism": float(result.realism[row]),
                "nearest_item": next(iter(result.nearest_item_ids[row]), ""),
                "file": files[row],
            }
            for row, (user, category, seed) in enumerate(rows)
        ],
        options,
    )


def _restyle(client: DesignerClient, options: argparse.Namespace) -> None:
    rows = [(user, path) for user in options.user for path in options.image]
    images = {path: read_image(path) for path in options.image}
    result = client.restyle(
        [user for user, _ in rows],
        [images[path] for _, path in rows],
        [options.category] * len(rows),
        [options.strength] * len(rows),
    )
    files = _save(
        options.out, result.images, [f"{u}-{p.stem}" for u, p in rows]
    )
    print_rows(
        [
            {
                "user_id": user,
                "known_user": bool(result.known[row]),
                "image": str(path),
                "of_photo": float(result.preference_input[row]),
                "before": float(result.preference_before[row]),
                "after": float(result.preference_after[row]),
                "file": files[row],
            }
            for row, (user, path) in enumerate(rows)
        ],
        options,
    )


def _seeds(options: argparse.Namespace) -> range:
    return range(options.seed, options.seed + options.count)


def _save(
    folder: Path, images: Sequence[bytes], names: Sequence[str]
) -> list[str]:
    """Writes one PNG per row; the row index makes the file names unique."""
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row, (image, name) in enumerate(zip(images, names, strict=True)):
            safe = re.sub(r"[^\w.-]+", "_", name)[:80]
            path = folder / f"{row:03d}-{safe}.png"
            path.write_bytes(image)
            paths.append(str(path))
    except OSError as error:
        raise ValueError(
            f"Cannot write to the folder {folder}: {error.strerror}; give "
            "another --out."
        ) from error
    return paths
