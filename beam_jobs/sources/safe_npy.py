"""Safe reader of pickled NumPy object arrays, which runs no pickled code.

A pickle may name only the stand-ins for NumPy's types in this module. NumPy's
own types trust the file: a forged dtype can point anywhere in memory.
"""

import pickle
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from atelier.io.errors import UserError
from beam_jobs.tables.text import open_bytes

_VERSIONS = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}


def load_objects(path: str, number: int) -> list[Any]:
    """Loads an `.npy` file of pickled objects.

    Python 2 byte strings become bytes, its Unicode strings str, arrays flat
    lists, and NumPy scalars Python numbers.

    Args:
        path: Path of the file, on any file system that Beam supports.
        number: Expected number of objects.

    Returns:
        The objects, of built-in types.

    Raises:
        UserError: If the file is missing, truncated, not an array of `number`
            objects, or holds objects of other types.
    """
    try:
        with open_bytes(path) as file:
            held = _Unpickler(file, path).load() if _is_pickled(file) else None
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # A broken pickle can raise any type.
        # The message is not shown, because it may quote personal text.
        raise UserError(
            f"{path} is truncated or not an .npy file "
            f"({type(error).__name__}); download it again"
        ) from error
    if not isinstance(held, _Array) or len(held) != number:
        raise UserError(
            f"{path} does not hold {number} pickled objects; give a file that "
            "the authors of DVBPR released"
        )
    return held


def _is_pickled(file: Any) -> bool:
    """Returns whether the header of an `.npy` file declares objects.

    Raises:
        KeyError, ValueError: If the header is missing or invalid.
    """
    _, _, dtype = _VERSIONS[npy_format.read_magic(file)](file)
    return bool(dtype.hasobject)


class _Type:
    """Stand-in for `numpy.dtype`."""

    def __init__(self, code: str | bytes, *_: Any) -> None:
        self._code = code.decode() if isinstance(code, bytes) else code

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        order = order.decode() if isinstance(order, bytes) else order
        self._code = order + self._code

    def values(self, data: Any) -> list[Any]:
        """Returns the values of an array pickled as `data`, a flat list."""
        if "O" not in self._code:  # `frombuffer` rejects objects too.
            values: list[Any] = np.frombuffer(data, self._code).tolist()
            return values
        if not isinstance(data, list):
            raise pickle.UnpicklingError("objects are pickled as a list")
        return data


class _Array(list[Any]):
    """Stand-in for `numpy.ndarray`, a flat list."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, _, kind, _, data = state
        self[:] = kind.values(data)


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _scalar(kind: _Type, data: bytes) -> Any:
    return kind.values(data)[0]


def _encode(text: str, encoding: str) -> bytes:
    """Decodes bytes that Python 3 pickled as text for Python 2."""
    if encoding != "latin1":
        raise pickle.UnpicklingError("bytes are pickled as latin1")
    return text.encode(encoding)


_STAND_INS: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): bytes,  # Empty bytes from Python 3.
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    # Module names of NumPy 1 and 2.
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
}
"""Stand-ins by module and name; a pickle may name nothing else."""


class _Unpickler(pickle.Unpickler):
    """Unpickler that resolves only the names in `_STAND_INS`.

    Args:
        file: Binary file, positioned at the start of the pickle.
        path: Path of the file, for error messages.
    """

    def __init__(self, file: Any, path: str) -> None:
        super().__init__(file, encoding="bytes")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        """Returns the stand-in for a name."""
        found = _STAND_INS.get((module, name))
        if found is None:
            named = f"{module}.{name}"[:80]
            raise UserError(
                f"{self._path} holds a pickled {named!r}, which could run code "
                "and is rejected; download the file from its authors"
            )
        return found
