"""Rows of text to lines whose cells are asked for by name; whatever is wrong goes to the list of problems."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from everstock.core.problems import ProblemList
from everstock.masterdata.codes import code_problem
from everstock.masterdata.imports.tables import read_table
from everstock.masterdata.models import NAME_LENGTH

_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did, or with ``dry_run`` would do, in lines of the file; ``warnings`` are sentences."""

    created: int
    updated: int
    unchanged: int
    warnings: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``number`` in the file, ``code`` of what it is about, ``cells`` by column."""

    number: int
    code: str
    cells: Mapping[str, str]
    problems: ProblemList

    def bad(self, column: str, reason: str, value: str | None = None) -> None:
        """Note that the cell in ``column`` (or this ``value`` in it) cannot be accepted."""
        self.problems.add(self.number, column, self.cells.get(column, "") if value is None else value, reason)

    def name(self) -> str:
        """Return the name, empty if there is none."""
        name = self.cells.get("name", "")
        if len(name) > NAME_LENGTH:
            self.bad("name", f"is longer than {NAME_LENGTH} characters")
        elif not name.isprintable():
            self.bad("name", "contains an unprintable character")
        return name

    def reference(self, column: str) -> str:
        """Return the code of something else, empty if there is none or it cannot be a code."""
        code = self.cells.get(column, "")
        problem = code_problem(code) if code else None
        if problem:
            self.bad(column, problem)
            return ""
        return code

    def number_of(self, column: str, parse: Callable[[str], int]) -> int | None:
        """Return the number in ``column`` as ``parse`` reads it, ``None`` if there is none or it is bad."""
        text = self.cells.get(column, "")
        try:
            return parse(text) if text else None
        except ValueError as error:
            self.bad(column, str(error))
            return None

    def word(self, column: str, values: type[StrEnum]) -> str:
        """Return one of ``values``, empty if there is none or it is not one of them."""
        text = self.cells.get(column, "").lower()
        if text and text not in {value.value for value in values}:
            self.bad(column, "is not one of " + ", ".join(values))
            return ""
        return text

    def flag(self, column: str) -> bool | None:
        """Return yes or no, ``None`` if there is neither."""
        text = self.cells.get(column, "").lower()
        if text in _YES:
            return True
        if text and text not in _NO:
            self.bad(column, "is neither yes nor no")
        return False if text else None


@dataclass(frozen=True, slots=True)
class File:
    """A file taken in: its ``lines``, which ``columns`` it has, ``warnings`` about others, ``problems`` so far."""

    lines: Sequence[Line]
    columns: frozenset[str]
    warnings: tuple[str, ...]
    problems: ProblemList


def read_file(
    path: Path, key: str, columns: Collection[str], aliases: Mapping[str, str], *, repeated: bool = False
) -> File:
    """Read a table whose lines are named by the codes in column ``key``, each once.

    With ``repeated``, lines have no names: the cells of that column are like any other, and only the column must be there. Raise ``BadFile`` at once if the header is unusable: without it, no line can be judged.
    """
    problems = ProblemList(path.name)
    rows = read_table(path)
    number, header = next(rows, (1, []))
    names = [aliases.get(name, name) for name in ("_".join(cell.lower().split()) for cell in header)]
    while names and not names[-1]:
        names.pop()
    if key not in names:
        problems.add(number, key, "", "the header has no such column")
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        problems.add(number, name, name, "appears twice in the header")
    problems.refuse_if_any()
    known = {key, *columns}
    warnings = tuple(f"Column “{name}” is unknown and was ignored." for name in names if name and name not in known)
    lines = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        line = _line(number, cells, names, None if repeated else key, problems)
        if line is None:
            continue
        if repeated:
            lines.append(line)
            continue
        first = seen.setdefault(line.code, number)
        if first != number:
            line.bad(key, f"is already in line {first}")
        else:
            lines.append(line)
    return File(lines, frozenset(known.intersection(names)), warnings, problems)


def _line(number: int, cells: list[str], names: list[str], key: str | None, problems: ProblemList) -> Line | None:
    if len(cells) < len(names) or any(cells[len(names) :]):
        count = "1 value" if len(cells) == 1 else f"{len(cells)} values"
        problems.add(number, "", "", f"has {count}, the header has {len(names)}")
        return None
    values = dict(zip(names, cells, strict=False))
    line = Line(number, "" if key is None else values[key], values, problems)
    problem = None if key is None else code_problem(line.code)
    if key is not None and problem:
        line.bad(key, problem)
        return None
    return line


def named(codes: Collection[str]) -> str:
    """Return the codes as a text of bearable length."""
    first = ", ".join(sorted(codes)[:10])
    return f"{first} and {len(codes) - 10} more" if len(codes) > 10 else first
