"""Sorting more rows than fit into memory: sorted runs in a temporary file, merged while they are read."""

import marshal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain, pairwise
from typing import IO, Any, Generic, NamedTuple, TypeVar

_Row = TypeVar("_Row", bound=tuple[Any, ...])

RUN = 50_000
"""Rows in memory at once while they come in."""
BLOCK = 500
"""Rows in memory at once of each run while they are read."""


class _Run(NamedTuple):
    """A sorted run: where its blocks lie in the file, and its ends."""

    blocks: list[tuple[int, int]]
    first: tuple[Any, ...]
    last: tuple[Any, ...]


class Sorted(Generic[_Row]):
    """Rows in order. They are tuples of integers, texts, ``None`` and tuples of these; their first two values are
    integers, decide the order, and are different for any two rows. ``make`` turns a plain tuple into a row. ``close`` it.
    """

    def __init__(self, make: Callable[[tuple[Any, ...]], _Row], run: int = RUN) -> None:
        self._make = make
        self._limit = run
        self._rows: list[_Row] = []
        self._runs: list[_Run] = []
        self._file: IO[bytes] | None = None
        self.count = 0

    def add_all(self, rows: Iterable[_Row]) -> None:
        """Take rows in, in any order."""
        held, limit = self._rows, self._limit
        for row in rows:
            held.append(row)
            if len(held) >= limit:
                self.count += len(held)
                self._spill(held)
                held.clear()
        self.count += len(held)
        held.sort()

    def _spill(self, rows: list[_Row]) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="everstock-")  # noqa: SIM115 - closed by close
        rows.sort()
        self._file.seek(0, 2)
        blocks = []
        for start in range(0, len(rows), BLOCK):
            data = marshal.dumps([tuple(row) for row in rows[start : start + BLOCK]])
            blocks.append((self._file.tell(), len(data)))
            self._file.write(data)
        self._runs.append(_Run(blocks, rows[0], rows[-1]))

    def __iter__(self) -> Iterator[_Row]:
        """The rows in order; one pass at a time."""
        parts: list[Iterable[_Row]] = [self._read(run.blocks) for run in self._runs]
        ends: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [(run.first, run.last) for run in self._runs]
        if self._rows:
            parts.append(self._rows)
            ends.append((self._rows[0], self._rows[-1]))
        if all(before[1] < after[0] for before, after in pairwise(ends)):
            return chain.from_iterable(parts)
        return merge(*parts)

    def _read(self, blocks: list[tuple[int, int]]) -> Iterator[_Row]:
        assert self._file is not None
        for place, length in blocks:
            self._file.seek(place)
            yield from map(self._make, marshal.loads(self._file.read(length)))  # noqa: S302 - written above

    def close(self) -> None:
        """Let go of the temporary file."""
        if self._file is not None:
            self._file.close()
