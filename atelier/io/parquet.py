"""pyarrow for all packages, with pickled column types disabled.

pyarrow < 14.0.1 unpickles such a type while it opens a Parquet or IPC file,
which can run arbitrary code (CVE-2023-47248). TFDV 1.16 needs pyarrow 10;
`pyarrow_hotfix` closes the hole in the process that imports it. No other
module imports pyarrow, so that none can do so without the hotfix.
"""

import base64
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow_hotfix  # noqa: F401  # Takes effect on import.

__all__ = ["open_parquet", "pa", "pc", "pq"]

_PICKLED = "arrow.py_extension_type"
_SCHEMA = b"ARROW:schema"


def open_parquet(file: Any) -> pq.ParquetFile:
    """Opens a Parquet file; rejects one with a pickled column type.

    Current pyarrow would read such a column as its storage type. It is rejected
    there too, so that a file gives the same result with every pyarrow version.

    Args:
        file: Open binary file or other source that pyarrow accepts.

    Returns:
        Open Parquet file.

    Raises:
        pyarrow.ArrowInvalid: If the file has a pickled column type.
        OSError, pyarrow.ArrowException: If the file cannot be read.
    """
    try:
        parquet = pq.ParquetFile(file)
    except RuntimeError as error:  # Raised by the hotfix.
        if _PICKLED not in str(error):
            raise
        raise _refusal() from None
    if _PICKLED.encode() in _arrow_schema(parquet):
        raise _refusal()
    return parquet


def _arrow_schema(parquet: pq.ParquetFile) -> bytes:
    """Returns the serialized Arrow schema, b"" if the file has none."""
    encoded = (parquet.metadata.metadata or {}).get(_SCHEMA, b"")
    try:
        return base64.b64decode(encoded)
    except ValueError:  # Optional: pyarrow opened the file without it.
        return b""


def _refusal() -> pa.ArrowInvalid:
    return pa.ArrowInvalid(
        "it has a column of a pickled Python type, and reading one can run "
        "any program; write the file again with plain types"
    )
