"""Reads pickled NumPy arrays of objects, and runs no code that they hold."""

import pickle
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from beam_jobs.tables.text import open_bytes
from records.errors import UserError

_VERSIONS = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}


def _to_bytes(text: str, encoding: str) -> bytes:
    """Does what `_codecs.encode` does for bytes that Python 3 pickles."""
    if encoding != "latin1":
        raise pickle.UnpicklingError("bytes are pickled as latin1")
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _to_bytes,
    ("builtins", "bytes"): bytes,  # What Python 3 calls for empty ones.
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{
        # NumPy 2 moved them, and warns where the old name is used.
        (f"numpy.{core}.multiarray", function.__name__): function
        for core in ("core", "_core")
        for function in (np.empty(0).__reduce__()[0], np.int8().__reduce__()[0])
    },
}
"""All that a pickle may name, under the names of Python 3."""


def load_objects(path: str, number: int) -> list[Any]:
    """Reads an `.npy` file that holds a list of objects.

    Byte strings of Python 2 become bytes, its Unicode strings str.

    Args:
        path: The file, on any file system that Beam knows.
        number: How many objects it should hold.

    Returns:
        The objects: built-in types and NumPy arrays, nothing else.

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
    if not isinstance(held, np.ndarray) or held.shape != (number,):
        raise UserError(
            f"{path} does not hold {number} pickled objects; give a file that "
            "the authors of DVBPR released"
        )
    return held.tolist()


def _is_pickled(file: Any) -> bool:
    """Reads the header of an `.npy` file: whether it holds objects.

    Raises:
        KeyError, ValueError: If there is no such header.
    """
    _, _, dtype = _VERSIONS[npy_format.read_magic(file)](file)
    return bool(dtype.hasobject)


class _Unpickler(pickle.Unpickler):
    """Refuses whatever could run code.

    Args:
        file: Stands at the beginning of the pickle.
        path: Its name, for the sentence.
    """

    def __init__(self, file: Any, path: str) -> None:
        super().__init__(file, encoding="bytes")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        """Returns what a pickle names, if it is one of a few."""
        # They come with the names of Python 2 where it wrote the pickle.
        module = {"__builtin__": "builtins"}.get(module, module)
        found = _ALLOWED.get((module, name))
        if found is None:
            raise UserError(
                f"{self._path} holds a pickled {module}.{name}, which could "
                "run code and is refused; fetch the file from its authors"
            )
        return found
