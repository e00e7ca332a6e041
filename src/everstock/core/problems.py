"""Refusals: what a user is told when something cannot be done.

Every refusal is one sentence of cause and one of remedy, with a stable code that tests and other systems can rely on.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


class Refusal(Exception):
    """Something the user asked for cannot be done; nothing was changed."""

    def __init__(self, code: str, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.code = code
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where (the header is line 1), what stands there, and why it cannot be accepted."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}: “{self.value}” {self.reason}" if self.value else f"{where}: {self.reason}"


class BadFile(Refusal):
    """A file that was refused as a whole because of ``problems`` (at most 100 of ``total``, by line)."""

    def __init__(self, file: str, problems: Sequence[Problem], total: int) -> None:
        count = "1 problem" if total == 1 else f"{total} problems"
        super().__init__(
            "file.bad_lines", f"{file} has {count}; nothing was imported.", "Correct the lines listed and import again."
        )
        self.file = file
        self.problems = tuple(problems)
        self.total = total


class ProblemList:
    """Collects what is wrong in ``file``: counts everything, keeps the first ``LIMIT``, so that memory does not grow with it."""

    LIMIT = 100

    def __init__(self, file: str) -> None:
        self.file = file
        self.total = 0
        self._kept: list[Problem] = []

    def add(self, line: int, column: str, value: str, reason: str) -> None:
        """Note that ``value`` in ``column`` (empty: the whole line) of ``line`` cannot be accepted for ``reason``."""
        self.total += 1
        if len(self._kept) < self.LIMIT:
            self._kept.append(Problem(line, column, value, reason))

    def refuse_if_any(self) -> None:
        """Raise ``BadFile`` unless nothing was noted."""
        if self.total:
            raise BadFile(self.file, sorted(self._kept, key=lambda problem: problem.line), self.total)


def check_range(from_: dt.date | None, to: dt.date | None) -> None:
    """Refuse (``range.empty``) days that end before they begin."""
    if from_ is not None and to is not None and to < from_:
        raise Refusal("range.empty", f"The range ends on {to}, before it begins on {from_}.", "Exchange the two days.")
