"""Shipped photos without their garments: how much the floor gives away."""

import dataclasses
import io

from PIL import Image
from PIL import ImageFilter

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from beam_jobs.prepare.image_codec import JPEG_QUALITY
from beam_jobs.prepare.image_codec import encode_jpeg

EPILOG = """\
A recommender of the result can know a user by the background alone. Photos
without a mask are left out.

example:
  python -m benchmarks.background_leak --out runs/floor.parquet
  python -m beam_jobs.prepare --interactions runs/floor.parquet \\
    --user_column owner --category_column label --image_size 192 \\
    --data_dir runs/floor/data
  python -m trainer.task recommender --data_dir runs/floor/data \\
    --run_dir runs/floor/recommender --config configs/demo.yaml
  python -m trainer.task evaluate --run_dir runs/floor/recommender \\
    --baselines random,vis_rank
"""
_EDGE = 9
"""Side of the filter that widens the mask, in pixels: no rim is left."""


def erase(photo: bytes, mask: bytes) -> bytes:
    """Returns a JPEG of a photo whose garment is filled with gray.

    Args:
        photo: Image file.
        mask: Image file of the garment, white, at the size of the photo.
    """
    image = Image.open(io.BytesIO(photo)).convert("RGB")
    garment = Image.open(io.BytesIO(mask)).convert("L")
    image.paste(
        (128, 128, 128), mask=garment.filter(ImageFilter.MaxFilter(_EDGE))
    )
    return encode_jpeg(image, JPEG_QUALITY)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    wardrobes: str = option("data/wardrobes.parquet", "shipped photos")
    out: str = option(..., ".parquet file to write")


def main(argv: list[str] | None = None) -> None:
    """Writes the table without garments; see `--help`."""
    args = _Flags.parse(
        argv, "python -m benchmarks.background_leak", __doc__, EPILOG
    )
    rows = [
        {**row, "photo": erase(row["photo"], row["mask"])}
        for row in pq.read_table(args.wardrobes).to_pylist()
        if row["mask"]
    ]
    pq.write_table(pa.Table.from_pylist(rows), args.out, row_group_size=512)
    print(f"{len(rows)} photos without garments written to {args.out}")


if __name__ == "__main__":
    run_command(main)
