"""Reads pickled NumPy arrays of objects, and runs no code that they hold.

What a pickle may name are a few things of this module that stand for NumPy's.
NumPy's own trust the file: a made-up type lets it point anywhere in memory.
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
    """Reads an `.npy` file that holds objects.

    Byte strings of Python 2 become bytes, its Unicode strings str, arrays
    flat lists, and NumPy's numbers those of Python.

    Args:
        path: The file, on any file system that Beam knows.
        number: How many objects it should hold.

    Returns:
        The objects, of built-in types.

    Raises:
        UserError: If the file is missing, cut short, no such array, or holds
            objects of other types.
    """
    try:
        with open_bytes(path) as file:
            held = _Unpickler(file, path).load() if _is_pickled(file) else None
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # What a broken pickle raises can be anything.
        # Its sentence is not shown: it may quote what people wrote.
        raise UserError(
            f"{path} is cut short or no .npy file ({type(error).__name__}); "
            "fetch it again"
        ) from error
    if not isinstance(held, _Array) or len(held) != number:
        raise UserError(
            f"{path} does not hold {number} pickled objects; give a file that "
            "the authors of DVBPR released"
        )
    return held


def _is_pickled(file: Any) -> bool:
    """Reads the header of an `.npy` file: whether it holds objects.

    Raises:
        KeyError, ValueError: If there is no such header.
    """
    _, _, dtype = _VERSIONS[npy_format.read_magic(file)](file)
    return bool(dtype.hasobject)


class _Type:
    """Stands for `numpy.dtype`."""

    def __init__(self, code: str | bytes, *_: Any) -> None:
        self._code = code.decode() if isinstance(code, bytes) else code

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        order = order.decode() if isinstance(order, bytes) else order
        self._code = order + self._code

    def values(self, data: Any) -> list[Any]:
        """Returns the values of an array that was pickled as `data`."""
        if "O" not in self._code:  # And `frombuffer` makes no objects either.
            values: list[Any] = np.frombuffer(data, self._code).tolist()
            return values
        if not isinstance(data, list):
            raise pickle.UnpicklingError("objects are pickled as a list")
        return data


class _Array(list[Any]):
    """Stands for `numpy.ndarray`."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, _, kind, _, data = state
        self[:] = kind.values(data)


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _scalar(kind: _Type, data: bytes) -> Any:
    return kind.values(data)[0]


def _encode(text: str, encoding: str) -> bytes:
    """Makes bytes of the text as which Python 3 writes them for Python 2."""
    if encoding != "latin1":
        raise pickle.UnpicklingError("bytes are pickled as latin1")
    return text.encode(encoding)


_STAND_INS: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): bytes,  # What Python 3 writes for empty ones.
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    # NumPy 2 moved them.
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
}
"""All that a pickle may name."""


class _Unpickler(pickle.Unpickler):
    """Refuses whatever else a pickle names.

    Args:
        file: Stands at the beginning of the pickle.
        path: Its name, for the sentence.
    """

    def __init__(self, file: Any, path: str) -> None:
        super().__init__(file, encoding="bytes")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        """Returns what stands for a name."""
        found = _STAND_INS.get((module, name))
        if found is None:
            named = f"{module}.{name}"[:80]
            raise UserError(
                f"{self._path} holds a pickled {named!r}, which could run code "
                "and is refused; fetch the file from its authors"
            )
        return found
