"""Blocks of a large CSV or JSON Lines file, for many workers.

A line end inside quotes ends no record, so the records of a block depend on
the quotes before it. Each block is therefore scanned for both cases, it begins
outside or inside quotes, by counting; the scans joined in order tell which case
holds and the number of each block's first row. The counts are exact only where
quotes enclose whole fields: any other file is read by one worker.
"""

import dataclasses
import logging
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from beam_jobs.tables.row import Chunk
from beam_jobs.tables.text import READ_ERRORS
from beam_jobs.tables.text import file_size
from beam_jobs.tables.text import open_bytes

BLOCK_BYTES = 64 << 20
"""Size of a block; a file of more than one block is read in blocks."""
_PIECE_BYTES = 1 << 18
"""Bytes that a scan holds; more does not scan faster."""
_LINE_FEED, _RETURN, _QUOTE, _BACKSLASH = b'\n\r"\\'
_VISIBLE = range(ord("!"), ord("~") + 1)
"""ASCII characters that no line of white space has."""
_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Syntax:
    """Bytes that separate the records and fields of a file of UTF-8 text.

    Attributes:
        start: Offset of the text, behind a byte order mark.
        separator: Field separator, before and after quotes; None if a quote is
            a character like others.
        is_json: Whether the file has JSON Lines and no header.
        max_record_bytes: Maximum size of a record that is read in any case;
            None for no limit.
    """

    start: int
    separator: bytes | None
    is_json: bool = False
    max_record_bytes: int | None = None

    @property
    def problem(self) -> str:
        """Irregularity by which records cannot be counted."""
        if self.is_json:
            return "a line begins with no visible ASCII character"
        if self.separator:
            return "quotes do not enclose a whole field"
        return "a backslash stands before a line end"


@dataclasses.dataclass(frozen=True)
class Block:
    """A range of bytes of a file.

    Attributes:
        path: Path of the file.
        start: Offset of the first byte.
        end: Offset after the last byte.
        syntax: Syntax of the file.
    """

    path: str
    start: int
    end: int
    syntax: Syntax


class Records(NamedTuple):
    """Records that begin in a range of bytes, blank lines left out.

    Attributes:
        first: Offset of the first one; None for none.
        last: Offset of the last one; None for none.
        num_records: Number of records.
        problem: Reason why the counts may be wrong; None for none.
    """

    first: int | None
    last: int | None
    num_records: int
    problem: str | None


class Scan(NamedTuple):
    """Records of a range of bytes for both cases of its beginning.

    Attributes:
        outside: Records if the range begins outside quotes.
        inside: Records if the range begins inside quotes.
        flips: Whether it has an odd number of quotes.
    """

    outside: Records
    inside: Records
    flips: bool


_NO_RECORDS = Records(None, None, 0, None)
_TOO_LONG = "a row may have a field that is too long to read"


def blocks_of(
    path: str, syntax_of: Callable[[str], Syntax | None]
) -> list[Block]:
    """Returns the blocks of a large file, none if one worker must read it.

    Args:
        path: Path of the file.
        syntax_of: Function that returns the syntax of a file, None if its
            records cannot be counted.
    """
    size = file_size(path)
    if size <= BLOCK_BYTES:
        return []
    syntax = syntax_of(path)
    if syntax is None:
        _warn(path, "it is compressed, or its format cannot be divided")
        return []
    starts = [syntax.start, *range(BLOCK_BYTES, size, BLOCK_BYTES)]
    return [
        Block(path, start, end, syntax)
        for start, end in zip(starts, [*starts[1:], size], strict=True)
    ]


def scan(block: Block) -> Scan:
    """Counts the records of a block; an unreadable block has a problem."""
    whole = Scan(_NO_RECORDS, _NO_RECORDS, False)
    try:
        for offset, data in _pieces(block):
            piece = _scan_piece(offset, data, block.syntax)
            whole = _join(whole, piece, block.syntax)
    except READ_ERRORS as error:
        unreadable = _NO_RECORDS._replace(problem=f"it is unreadable: {error}")
        return Scan(unreadable, unreadable, False)
    return whole


def chunks_of(scans: Iterable[tuple[Block, Scan]]) -> Iterator[Chunk]:
    """Yields the chunks of a file, or the whole file if counts may be wrong.

    Args:
        scans: All blocks of the file with their scans, in any order.
    """
    ordered = sorted(scans, key=lambda element: element[0].start)
    path, syntax = ordered[0][0].path, ordered[0][0].syntax
    whole = Scan(_NO_RECORDS, _NO_RECORDS, False)
    starts = []
    for _, block_scan in ordered:
        case = block_scan.inside if whole.flips else block_scan.outside
        if case.first is not None:
            starts.append((case.first, whole.outside.num_records))
        whole = _join(whole, block_scan, syntax)
    end = Records(ordered[-1][0].end, None, 0, None)
    problem = _after(whole.outside, end, syntax).problem
    if whole.flips and not problem:
        problem = "it ends inside quotes"
    if problem:
        _warn(path, problem)
        yield Chunk(path)
        return
    offsets = [0, *(offset for offset, _ in starts[1:])]
    ends = [*offsets[1:], None]
    for part, (_, num_before) in enumerate(starts):
        # The header is a record, but no row.
        first_row = num_before + syntax.is_json if part else 1
        yield Chunk(path, part, first_row, offsets[part], ends[part])


def _warn(path: str, problem: str) -> None:
    _logger.warning(f"{path} is read by one worker: {problem}")


def _pieces(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yields (offset, bytes), with one byte more before and after.

    A line end stands for the bytes outside the file.
    """
    with open_bytes(block.path) as file:
        file.seek(max(block.start - 1, 0))
        before = file.read(1) if block.start else b""
        if block.start == block.syntax.start:
            before = b"\n"
        ahead = file.read(1)
        for offset in range(block.start, block.end, _PIECE_BYTES):
            size = min(_PIECE_BYTES, block.end - offset)
            data = before + ahead + file.read(size)
            yield offset, data if len(data) == size + 2 else data + b"\n"
            before, ahead = data[size : size + 1], data[size + 1 :]


def _scan_piece(offset: int, data: bytes, syntax: Syntax) -> Scan:
    """Counts the records of a few bytes.

    Args:
        offset: Offset of the piece in the file.
        data: Bytes of the piece, with one more before and one after.
        syntax: Syntax of the file.
    """
    codes = np.frombuffer(data, np.uint8)
    ends = (codes == _LINE_FEED) | (codes == _RETURN)
    starts = np.flatnonzero(ends[:-2] & ~ends[1:-1])
    if not syntax.separator:
        bad = _bad_lines(codes, ends, starts, syntax)
        lines = _records(offset, starts, bad, syntax)
        return Scan(lines, lines, False)
    quotes = np.flatnonzero(codes[1:-1] == _QUOTE)
    is_odd = np.searchsorted(quotes, starts) % 2
    is_edge = ends | (codes == _QUOTE) | (codes == syntax.separator[0])
    no_opening, no_closing = ~is_edge[quotes], ~is_edge[quotes + 2]

    def records(is_inside: bool) -> Records:
        opening, closing = (
            slice(is_inside, None, 2),
            slice(not is_inside, None, 2),
        )
        bad = (
            quotes[opening][no_opening[opening]],
            quotes[closing][no_closing[closing]],
        )
        outside = starts[is_odd == is_inside]
        return _records(offset, outside, np.concatenate(bad), syntax)

    return Scan(records(False), records(True), len(quotes) % 2 == 1)


def _bad_lines(
    codes: np.ndarray, ends: np.ndarray, starts: np.ndarray, syntax: Syntax
) -> np.ndarray:
    """Returns the places of lines that may be no record of their own.

    Args:
        codes: Bytes of a piece, with one more before and one after, uint8 [n].
        ends: Whether a byte ends a line, bool [n].
        starts: Places of the lines in the piece, int64 [lines].
        syntax: Syntax of the file, whose quotes enclose nothing.
    """
    if syntax.is_json:
        first = codes[starts + 1]
        return starts[(first < _VISIBLE[0]) | (first > _VISIBLE[-1])]
    return np.flatnonzero((codes[:-1] == _BACKSLASH) & ends[1:]) - 1


def _records(
    offset: int, starts: np.ndarray, bad: np.ndarray, syntax: Syntax
) -> Records:
    """Returns the records of a piece.

    Args:
        offset: Offset of the piece in the file.
        starts: Places of the records in the piece, int64 [records].
        bad: Places of irregular quotes or lines, int64 [any].
        syntax: Syntax of the file.
    """
    if not len(starts) + len(bad):
        return _NO_RECORDS
    problem = None
    if len(bad):
        problem = f"{syntax.problem} at byte {offset + int(bad.min())}"
    if not len(starts):
        return _NO_RECORDS._replace(problem=problem)
    limit = syntax.max_record_bytes
    if limit and len(starts) > 1 and np.diff(starts).max() > limit:
        problem = problem or _TOO_LONG
    first, last = offset + int(starts[0]), offset + int(starts[-1])
    return Records(first, last, len(starts), problem)


def _join(left: Scan, right: Scan, syntax: Syntax) -> Scan:
    """Returns the scan of two adjacent ranges."""
    outside, inside = right.outside, right.inside
    if left.flips:
        outside, inside = inside, outside
    return Scan(
        _after(left.outside, outside, syntax),
        _after(left.inside, inside, syntax),
        left.flips != right.flips,
    )


def _after(left: Records, right: Records, syntax: Syntax) -> Records:
    """Returns the records of two adjacent ranges."""
    problem = left.problem or right.problem
    if left.last is None or right.first is None:
        first, last = left.first, left.last
        if left.last is None:
            first, last = right.first, right.last
    else:
        first, last = left.first, right.last
        limit = syntax.max_record_bytes
        if limit and right.first - left.last > limit:
            problem = problem or _TOO_LONG
    return Records(first, last, left.num_records + right.num_records, problem)
