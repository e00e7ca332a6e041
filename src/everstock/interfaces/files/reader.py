"""The header of a file of known columns, and its lines as tuples of cells in a fixed order."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from everstock.core.problems import ProblemList
from everstock.masterdata.imports.tables import read_table


class Reader:
    """Reads ``path``; iterating yields (line number, cells of ``columns``), missing columns as empty cells.

    Raises ``BadFile`` at once if the header is unusable, ``Refusal`` if the file is. Lines with too many or too
    few cells go to ``problems``.
    """

    def __init__(self, path: Path, columns: Sequence[str], required: Sequence[str], problems: ProblemList) -> None:
        self._rows = read_table(path)
        self._problems = problems
        number, header = next(self._rows, (1, []))
        names = ["_".join(cell.lower().split()) for cell in header]
        while names and not names[-1]:
            names.pop()
        self._check(number, names, required)
        self.columns = frozenset(names).intersection(columns)
        self.unknown = tuple(name for name in names if name and name not in columns)
        self._width = len(names)
        # cells get an empty one at their end, for the columns that are missing
        places = [names.index(name) if name in names else len(names) for name in columns]
        self._pick: Callable[[list[str]], Any] = itemgetter(*places)

    def _check(self, number: int, names: list[str], required: Sequence[str]) -> None:
        if not names:
            self._problems.add(number, "", "", "is empty: there is no header")
        else:
            for name in required:
                if name not in names:
                    self._problems.add(number, name, "", "the header has no such column")
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self._problems.add(number, name, name, "appears twice in the header")
        self._problems.refuse_if_any()

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        width, pick = self._width, self._pick
        for number, cells in self._rows:
            if len(cells) != width:
                if len(cells) < width or any(cells[width:]):
                    count = "1 value" if len(cells) == 1 else f"{len(cells)} values"
                    self._problems.add(number, "", "", f"has {count}, the header has {width}")
                    continue
                del cells[width:]
            cells.append("")
            yield number, pick(cells)
