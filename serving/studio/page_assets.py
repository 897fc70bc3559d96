"""Files of the page itself."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent / "web"
"""Folder of the page."""
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
"""Media types of the files that the page may have, by suffix."""
_INDEX = "index.html"


class PageAssets(StaticFiles):
    """ASGI application of the page's files, listed once at the start.

    Browsers ask for each file again and get 304 while it is unchanged, so that
    a new release of the page is never mixed with an old one.

    Args:
        folder: Folder of the files and of their folders.
    """

    def __init__(self, folder: Path = WEB) -> None:
        super().__init__(directory=folder)
        self._media_types = {
            path.relative_to(folder).as_posix(): MEDIA_TYPES[path.suffix]
            for path in folder.rglob("*")
            if path.suffix in MEDIA_TYPES and path.is_file()
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file of a path, `index.html` for the folder.

        Raises:
            HTTPException: If the path is not one of the listed files.
        """
        name = _INDEX if path == "." else path
        if name not in self._media_types:
            raise HTTPException(404)
        response = await super().get_response(name, scope)
        response.headers["Cache-Control"] = "no-cache"
        if response.status_code == 200:
            response.headers["Content-Type"] = self._media_types[name]
        return response
