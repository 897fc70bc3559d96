"""Body of a request, read within limits of size and time."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

_MAX_SECONDS = 30.0
# The rest of a body that is too large is read, up to this multiple of the
# limit: a browser shows no response to an upload that was cut off.
_MAX_DISCARDED = 8


async def read_body(request: Request, limit: int) -> bytes:
    """Reads the body of a request.

    Args:
        request: Request whose body has not been read.
        limit: Maximum size in bytes.

    Returns:
        The body.

    Raises:
        HTTPException: If the body is larger, or comes too slowly.
    """
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(_MAX_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    body += chunk
                elif size > _MAX_DISCARDED * limit:
                    break
    except TimeoutError as error:
        raise HTTPException(
            408, "The upload took too long; try again."
        ) from error
    if size > limit:
        raise HTTPException(
            413, f"This is too large; send at most {_shown(limit)} at once."
        )
    return bytes(body)


def _shown(limit: int) -> str:
    if limit >= 2**20:
        return f"{limit // 2**20} MB"
    return f"{limit // 2**10} KB"
