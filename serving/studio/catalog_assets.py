"""Catalog files of the exported versions: facts and thumbnails of items."""

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from atelier.schema.catalog_files import CATALOG
from atelier.schema.catalog_files import ITEMS
from atelier.schema.catalog_files import SUMMARY
from atelier.schema.catalog_files import THUMBNAILS

# The name of a thumbnail has the characters that encodeURIComponent leaves.
_FILE = re.compile(
    rf"(?P<version>[0-9]{{1,19}})/(?P<file>{re.escape(SUMMARY)}"
    rf"|{re.escape(ITEMS)}"
    rf"|(?P<thumbnail>{THUMBNAILS}/[A-Za-z0-9_.!~*'()%-]{{1,200}}\.jpg))"
)
_MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
}
_YEAR = "public, max-age=31536000, immutable"


class CatalogAssets(StaticFiles):
    """ASGI application of the catalog files of one model.

    Serves nothing else of the model's folder, and no symbolic link that leads
    out of it. Browsers keep thumbnails: those of a version never change.

    Args:
        model_dir: Folder of the versions of the model.

    Example:
        Mount("/catalog/recommender", CatalogAssets(Path("models/recommender")))
    """

    def __init__(self, model_dir: Path) -> None:
        super().__init__(directory=model_dir)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file of a path VERSION/FILE.

        Raises:
            HTTPException: If the path is not of a catalog file, or the version
                has no such file.
        """
        match = _FILE.fullmatch(path)
        if not match:
            raise HTTPException(404)
        file = match["file"]
        response = await super().get_response(
            f"{match['version']}/{CATALOG}/{file}", scope
        )
        response.headers["Cache-Control"] = (
            _YEAR if match["thumbnail"] else "no-cache"
        )
        if response.status_code == 200:
            suffix = Path(file).suffix
            response.headers["Content-Type"] = _MEDIA_TYPES[suffix]
        return response
