"""Designer commands: generate, design, restyle, compose, recolor."""

import dataclasses
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from atelier.cli.flags import option
from atelier.schema.signatures import NUM_RANKS
from serving.client.cli_args import Command
from serving.client.cli_args import CommandOptions
from serving.client.cli_args import positive
from serving.client.cli_output import print_rows
from serving.client.cli_output import read_image
from serving.client.designer_client import DesignerClient
from serving.client.designer_requests import Recolored
from serving.client.designer_requests import Restyled


@dataclasses.dataclass(frozen=True, kw_only=True)
class DesignerOptions(CommandOptions):
    """Flag of the commands that write images."""

    out: Path = option(Path("designs"), "folder for the PNG files")


@dataclasses.dataclass(frozen=True, kw_only=True)
class GenerateOptions(DesignerOptions):
    """Flags of `generate`."""

    category: tuple[str, ...] = option(..., "category; may be repeated")
    seed: int = option(0, "first random seed", parse=int)
    count: int = option(
        1,
        "images per category and user, with consecutive seeds",
        parse=positive,
    )

    @property
    def seeds(self) -> range:
        """Seeds of the images of one category."""
        return range(self.seed, self.seed + self.count)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DesignOptions(GenerateOptions):
    """Flags of `design`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """User, category and seed of each image."""
        return list(itertools.product(self.user, self.category, self.seeds))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComposeOptions(DesignOptions):
    """Flags of `compose`."""

    seed: int = option(0, "rank of the first design, 0 for the best", parse=int)
    count: int = option(
        1,
        "designs per category and user, of consecutive ranks; after the "
        f"{NUM_RANKS}th or last they begin again",
        parse=positive,
    )
    boldness: float = option(
        0.0,
        "weight of novelty in the order of the designs: 0 for the preferred "
        "ones first, 1 for those that are most unlike any item",
        parse=float,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PhotoOptions(DesignerOptions):
    """Flags of the commands that change photos."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")
    image: tuple[Path, ...] = option(
        ..., "JPEG or PNG file of one garment; may be repeated"
    )

    @property
    def rows(self) -> list[tuple[str, Path]]:
        """User and photo of each image."""
        return list(itertools.product(self.user, self.image))


@dataclasses.dataclass(frozen=True, kw_only=True)
class RestyleOptions(PhotoOptions):
    """Flags of `restyle`."""

    category: str = option(..., "category of the images")
    strength: float = option(
        0.5,
        "edit strength: 0 for a reconstruction of the image, 1 for the "
        "largest change",
        parse=float,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecolorOptions(PhotoOptions):
    """Flags of `recolor`."""

    cloth: str = option(
        "",
        "item whose cloth to take; without, the one that the user likes most",
    )
    strength: float = option(
        1.0,
        "0 for the photo as it is, 0.5 for the color, 1 for the whole cloth",
        parse=float,
    )


def _generate(client: DesignerClient, options: GenerateOptions) -> None:
    rows = [
        (category, seed)
        for category in options.category
        for seed in options.seeds
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
        options.json,
    )


def _design(client: DesignerClient, options: DesignOptions) -> None:
    rows = options.rows
    result = client.design(*zip(*rows, strict=True))
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
        options.json,
    )


def _restyle(client: DesignerClient, options: RestyleOptions) -> None:
    users, images = _photos_of(options)
    result = client.restyle(
        users,
        images,
        [options.category] * len(users),
        [options.strength] * len(users),
    )
    _report_photos(
        options,
        result,
        of_photo=result.preference_input.tolist(),
        before=result.preference_before.tolist(),
        after=result.preference_after.tolist(),
    )


def _compose(client: DesignerClient, options: ComposeOptions) -> None:
    rows = options.rows
    users, categories, seeds = zip(*rows, strict=True)
    boldness = [options.boldness] * len(rows)
    result = client.compose(users, categories, seeds, boldness)
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
                "cut_item": result.cut_item_ids[row],
                "cloth_item": result.cloth_item_ids[row],
                "color": result.color_names[row],
                "nearest_item": next(iter(result.nearest_item_ids[row]), ""),
                "file": files[row],
            }
            for row, (user, category, seed) in enumerate(rows)
        ],
        options.json,
    )


def _recolor(client: DesignerClient, options: RecolorOptions) -> None:
    users, images = _photos_of(options)
    result = client.recolor(
        users,
        images,
        [options.strength] * len(users),
        [options.cloth] * len(users),
    )
    _report_photos(
        options,
        result,
        before=result.preference_before.tolist(),
        after=result.preference_after.tolist(),
        cloth_item=result.cloth_item_ids,
        color=result.color_names,
    )


def _photos_of(options: PhotoOptions) -> tuple[list[str], list[bytes]]:
    """Returns the user and the file of each row."""
    images = {path: read_image(path) for path in options.image}
    return (
        [user for user, _ in options.rows],
        [images[path] for _, path in options.rows],
    )


def _report_photos(
    options: PhotoOptions,
    result: Restyled | Recolored,
    **columns: Sequence[float | str],
) -> None:
    """Writes the changed photos and prints a row of the columns for each."""
    files = _save(
        options.out, result.images, [f"{u}-{p.stem}" for u, p in options.rows]
    )
    print_rows(
        [
            {
                "user_id": user,
                "known_user": bool(result.known[row]),
                "image": str(path),
                **{name: values[row] for name, values in columns.items()},
                "file": files[row],
            }
            for row, (user, path) in enumerate(options.rows)
        ],
        options.json,
    )


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


COMMANDS = {
    "generate": Command(
        DesignerClient,
        GenerateOptions,
        _generate,
        "generate random images of a category",
        "--category Dress --count 4 --out generated",
    ),
    "design": Command(
        DesignerClient,
        DesignOptions,
        _design,
        "generate the images with the highest predicted preference of a user",
        "--user U1 --category Dress --out generated",
    ),
    "restyle": Command(
        DesignerClient,
        RestyleOptions,
        _restyle,
        "edit images towards a user's taste",
        "--user U1 --category Dress --image dress.jpg --strength 0.5",
    ),
    "compose": Command(
        DesignerClient,
        ComposeOptions,
        _compose,
        "look up the composed designs that a user likes most",
        "--user U1 --category Dress --count 4 --out composed",
    ),
    "recolor": Command(
        DesignerClient,
        RecolorOptions,
        _recolor,
        "put the garment of a photo into another color or cloth",
        "--user U1 --image dress.jpg --strength 0.7 --out recolored",
    ),
}
"""Commands of the designer by name."""
