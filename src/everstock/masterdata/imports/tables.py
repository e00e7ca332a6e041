"""Files to rows of text: CSV and workbooks look the same from here on."""

import csv
import datetime as dt
import gzip
import zlib
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TextIO, cast

from python_calamine import CalamineError, CalamineWorkbook

from everstock.core.problems import BadFile, Problem, Refusal

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
Row = tuple[int, list[str]]
"""Line number (from 1, the header's) and cells."""


def read_table(path: Path) -> Iterator[Row]:
    """Yield the lines of a table that hold anything, header first, as they are read.

    Raise ``Refusal`` (``file.missing``, ``file.unreadable``) or, where a line is to blame, ``BadFile``.
    """
    try:
        rows = _workbook_rows(path) if path.suffix.lower() in WORKBOOKS else _csv_rows(path)
        yield from (row for row in rows if any(row[1]))
    except FileNotFoundError:
        raise Refusal("file.missing", f"There is no file {path}.", "Check the path.") from None
    except UnicodeDecodeError:
        problem = Problem(_undecodable_line(path), "", "", "is not UTF-8 text")
        raise BadFile(path.name, [problem], 1) from None
    except (OSError, EOFError, zlib.error, CalamineError) as error:
        raise Refusal("file.unreadable", f"{path} cannot be read: {error}.", "Check that the file is whole.") from error


def _csv_rows(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        first = file.readline()
        delimiter = ";" if _unquoted(first).count(";") > _unquoted(first).count(",") else ","
        reader = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
        line = 0
        try:
            for cells in reader:
                # a quoted cell may hold line breaks: the row is where it begins
                yield line + 1, list(map(str.strip, cells))
                line = reader.line_num
        except csv.Error as error:
            raise BadFile(path.name, [Problem(line + 1, "", "", f"is not well-formed CSV: {error}")], 1) from None


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


def _open_text(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _undecodable_line(path: Path) -> int:
    """Find the line by reading again: text is decoded in blocks, so the error itself does not know."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _workbook_rows(path: Path) -> Iterator[Row]:
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        yield number, [_cell_text(cell) for cell in cells]


def _cell_text(cell: float | str | bool | dt.time | dt.date | dt.timedelta) -> str:
    """Write a cell as a person would have typed it: workbooks keep every number as a float of 15 digits."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        text = format(Decimal(f"{cell:.15g}"), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
