"""Files of orders of another system: CSV with a row for each line of an order, or JSON with an order in each line."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from everstock.core.problems import ProblemList, Refusal
from everstock.interfaces.files.reader import Reader

COLUMNS = ("order", "action", "customer", "item", "quantity", "price", "reason")
_NEEDED = ("order", "item", "quantity")


class TypedLine(NamedTuple):
    """An item, how much and at which price each, as typed; no price: that of the price lists."""

    item: str
    quantity: str
    price: str


class TypedOrder(NamedTuple):
    """An order as it stands in a file; ``action``: create, change or cancel, empty: create."""

    reference: str
    action: str
    customer: str
    reason: str
    lines: tuple[TypedLine, ...]


def typed_orders(path: Path) -> Iterator[TypedOrder]:
    """Return the orders of a file in their order; rows of a CSV that follow each other under one number and action are one order.

    Raises ``BadFile`` or ``Refusal`` (``file.not_json``) for a file that cannot be read, before anything of it is told.
    """
    return iter(list(_of_json(path) if path.suffix.lower() in {".json", ".jsonl", ".ndjson"} else _of_csv(path)))


def _of_csv(path: Path) -> Iterator[TypedOrder]:
    problems = ProblemList(path.name)
    rows = [cells for _, cells in Reader(path, COLUMNS, _NEEDED, problems)]
    problems.refuse_if_any()
    for (reference, action), group in groupby(rows, key=lambda cells: (cells[0].strip(), cells[1].strip())):
        found = list(group)
        lines = tuple(TypedLine(*(cell.strip() for cell in cells[3:6])) for cells in found if cells[3].strip())
        yield TypedOrder(reference, action, found[0][2].strip(), found[0][6].strip(), lines)


def _of_json(path: Path) -> Iterator[TypedOrder]:
    for number, text in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        if text.strip():
            yield _order(text, number)


def _order(text: str, number: int) -> TypedOrder:
    try:
        found: dict[str, Any] = json.loads(text)
        lines = tuple(
            TypedLine(*("" if one.get(name) is None else str(one[name]) for name in TypedLine._fields))
            for one in found.get("lines") or ()
        )
        reference, action, customer, reason = (
            str(found.get(name) or "") for name in ("order", "action", "customer", "reason")
        )
        return TypedOrder(reference, action, customer, reason, lines)
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Refusal(
            "file.not_json",
            f"Line {number} of the file is no order in JSON.",
            "Write one object with order and lines in each line.",
        ) from None
