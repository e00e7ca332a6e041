"""The one way into the tables of documents: everything a verb changed, with what it posts, in one statement."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import connection, transaction

from everstock.core.problems import Refusal
from everstock.ledger.database import WRITE_TYPES, integers, texts
from everstock.ledger.post import Ready, errors_as_refusals
from everstock.ledger.reservations import KEPT, PROMISED, promised
from everstock.ledger.statements import Call, Statement, Value
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import SERIES, Header, Line, LineUpdate, Request, Update, Version
from everstock.operations.documents.requests import answered, content_of
from everstock.operations.identity.audit import COLUMN_TYPES, AuditRow, columns

_LINE_TYPES = {
    **dict.fromkeys(("document", "quantity", "base_quantity", "numerator", "denominator"), "bigint"),
    **dict.fromkeys(("unit_price", "net", "tax", "source"), "bigint"),
    **dict.fromkeys(("ordered", "received", "invoiced", "returned", "rejected"), "bigint"),
    **dict.fromkeys(("description", "ledger_reference", "details"), "text"),
    "expected_on": "date",
}
"""The types of the fields of a new line in the tables; those that are not here are integers."""
_NEW = [(place, name, _LINE_TYPES.get(name, "int")) for place, name in enumerate(Line._fields) if name != "id"]
_PROGRESS = LineUpdate._fields.index("rejected") + 1
"""How many fields of a ``LineUpdate`` say which line, and its progress."""
_CHANGE = (
    *("int", "bigint[]", "text[]", "bigint[]", "json"),
    *(["bigint[]"] * _PROGRESS),
    *("json", "json"),
    *(f"{kind}[]" for _, _, kind in _NEW),
    *("bigint[]", "bigint[]"),
)
"""The types of what ``document_change`` is given."""
_ADD = (
    *("int", "bigint[]", "bigint[]", "bigint[]", "text", "bigint", "bigint", "json"),
    *(f"{kind}[]" for kind in COLUMN_TYPES),
)
"""The same of ``document_add``, without its third, the positions that ``ledger_write`` returns."""
_REPEATED = "EV001"
U = TypeVar("U", Update, LineUpdate)
_is_last: ContextVar[bool] = ContextVar("_is_last", default=False)


@contextmanager
def atomic_verb() -> Iterator[None]:
    """Run a verb in a transaction of its own, which its ``write`` commits in the same call; or as a part of the caller's.

    So ``write`` must be the last thing the verb asks of the database.
    """
    outermost = not connection.in_atomic_block
    before = _is_last.set(outermost)
    try:
        with transaction.atomic():
            yield
    finally:
        _is_last.reset(before)


def write(
    company_id: int,
    *,
    documents: Sequence[Header] = (),
    lines: Sequence[Line] = (),
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    versions: Sequence[Version] = (),
    links: Sequence[tuple[int, int]] = (),
    posting: "tuple[int | Sequence[int], Ready] | None" = None,
    postings: Sequence[tuple[int, int]] = (),
    audit: Sequence[AuditRow] = (),
    request: Request | None = None,
    before: Call | None = None,
    after: Call | None = None,
) -> dict[int, str]:
    """Write new documents and what changes on others; return the numbers of the new ones by their (reserved) ids.

    ``links``: (predecessor, successor); ``posting``: (document, what it posts now; or several documents, each with one posting, in their order); ``postings``: (document, position in the ledger) of what was
    posted before. An audit row whose subject is empty gets the number of the new document that is its ``subject_id``. The documents of
    ``updates`` and ``line_updates`` must be locked. The source of a new line may be another one of ``lines``: -1 for the first of them, and so on. ``before``, ``after``: called in the same statement, before and after the write; nobody
    needs what they answer. This must be a verb's last
    statement: the number series stay locked from here to the commit, which goes along (see ``atomic_verb``).

    Raises ``Repeated`` or refuses (``request.other_content``) if ``request`` came in at the same moment elsewhere; refuses an invoice
    that is there already (``document.reference_taken``), goods that are reserved for others (``stock.promised``, see
    ``ledger.reservations.taking``) or kept for them (``stock.kept``) and numbers beyond 64 bits (``document.too_large``).
    """
    values = (
        *(company_id, *_states(updates), *_progress(line_updates), _changed(versions)),
        *_new_lines(lines),
        *_pairs(links),
        *(company_id, None if posting is None else _posted_by(posting[0]), *_pairs(postings)),
        *((None, None, None) if request is None else _requested(request)),
        _encode(_numbered(documents)) if documents else None,
        *columns(audit),
        *(() if posting is None else (company_id, *posting[1].arguments)),
        *(value for call in (before, after) if call is not None for value in call.arguments),
    )
    statement = _statement(posting is not None, before and before[:2], after and after[:2])
    try:
        answer = statement.run(*values, commit=_is_last.get() and len(connection.atomic_blocks) == 1)
        numbers = answer[1 if before is None else 2]
    except psycopg.Error as error:
        if error.sqlstate == _REPEATED and request is not None:
            answered(json.loads(error.diag.message_detail or ""), request.key, request.content)
        if error.sqlstate in {PROMISED, KEPT}:
            raise promised(error) from None
        if error.diag.constraint_name in {"document_reference_once", "document_channel_reference_once"}:
            raise _reference_taken(documents) from None
        if "ledger_write" in (error.diag.context or ""):
            with errors_as_refusals():
                raise
        if isinstance(error, psycopg.errors.NumericValueOutOfRange):
            raise too_large() from None
        raise
    return {int(document): number for document, number in json.loads(numbers or "{}").items()}


@cache
def _statement(
    posts: bool, before: tuple[str, tuple[str, ...]] | None, after: tuple[str, tuple[str, ...]] | None
) -> Statement:
    """Call what comes before, change, post if ``posts``, add, and call what comes after, in this order."""
    types = [*_CHANGE, *_ADD]
    places = [f"${number}" for number in range(1, len(types) + 1)]
    change, add = places[: len(_CHANGE)], places[len(_CHANGE) :]

    def call(name: str, more: Iterable[str]) -> str:
        first = len(types) + 1
        types.extend(more)
        return f"{name}({', '.join(f'${number}' for number in range(first, len(types) + 1))})"

    add.insert(2, call("ledger_write", ("int", *(f"{kind}[]" for kind in WRITE_TYPES))) if posts else "NULL")
    calls = [] if before is None else [call(*before)]
    calls += [f"document_change({', '.join(change)})", f"document_add({', '.join(add)})"]
    if after is not None:
        calls.append(call(*after))
    return Statement(f"SELECT {', '.join(calls)}", *types)


# ---------------------------------------------------------------------------------------------------------------------
# Rows as the statement takes them


def _states(updates: Sequence[Update]) -> list[Value]:
    """Updates of nothing but a state or what is paid by columns, and the others as JSON."""
    few, more = _parted(updates, 3)
    if not few:
        return [None, None, None, _changed(more)]
    ids, states, paid = zip(*(update[:3] for update in few), strict=True)
    return [integers(ids), texts(states), integers(paid), _changed(more)]


def _progress(updates: Sequence[LineUpdate]) -> list[Value]:
    """Updates of nothing but progress by columns, and the others as JSON."""
    few, more = _parted(updates, _PROGRESS)
    if not few:
        return [*([None] * _PROGRESS), _changed(more)]
    by_field = list(zip(*few, strict=True))
    return [*(integers(column) for column in by_field[:_PROGRESS]), _changed(more)]


def _parted(updates: Sequence[U], fields: int) -> tuple[list[U], list[U]]:
    """The updates of nothing beyond the first ``fields``, and the others."""
    few: list[U] = []
    more: list[U] = []
    for update in updates:
        (few if all(value is None for value in update[fields:]) else more).append(update)
    return few, more


def _new_lines(lines: Sequence[Line]) -> list[Value]:
    """New lines by columns. A column of nothing but empty values is left out: in the statement, absent is null or zero."""
    if not lines:
        return [None] * len(_NEW)
    by_field = list(zip(*lines, strict=True))
    return [
        _array(by_field[place], kind) if name == "unit_price" or any(by_field[place]) else None
        for place, name, kind in _NEW
    ]


def _array(column: Sequence[Any], kind: str) -> str:
    if kind == "date":
        return texts(None if day is None else day.isoformat() for day in column)
    if kind != "text":
        return integers(column)
    return texts((_encode(value) if value else None) if isinstance(value, dict) else value for value in column)


def _requested(request: Request) -> tuple[str, int, int]:
    return str(request.key), content_of(request.key, request.content), request.document


def _posted_by(documents: int | Sequence[int]) -> str:
    return integers([documents] if isinstance(documents, int) else documents)


def _pairs(pairs: Sequence[tuple[int, int]]) -> list[Value]:
    return [integers(column) for column in zip(*pairs, strict=True)] if pairs else [None, None]


def _numbered(documents: Sequence[Header]) -> list[dict[str, Any]]:
    """New documents without their empty fields, which are many, and with how their numbers begin."""
    return [
        {
            **{name: value for name, value in zip(document._fields, document, strict=True) if value},
            "prefix": PREFIX[DocumentKind(document.kind)],
            "series": (document.details or {}).get(SERIES),
        }
        for document in documents
    ]


def _changed(records: Sequence[Update] | Sequence[LineUpdate] | Sequence[Version]) -> str | None:
    """Rows without the fields that are ``None``."""
    if not records:
        return None
    return _encode(
        [
            {name: value for name, value in zip(record._fields, record, strict=True) if value is not None}
            for record in records
        ]
    )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dt.date.isoformat).encode


def _reference_taken(documents: Sequence[Header]) -> Refusal:
    names = " or ".join(f"“{one.reference}”" for one in documents if one.reference is not None)
    if any(one.kind == DocumentKind.SALES_ORDER for one in documents):
        return Refusal(
            "document.reference_taken",
            f"There is already an order of this channel with its number {names}.",
            "Look it up by that number, and change that order.",
        )
    return Refusal(
        "document.reference_taken",
        f"There is already such a document of this partner with their number {names}.",
        "Look it up by that number; if it is wrong, cancel it before entering it again.",
    )


def too_large() -> Refusal:
    """What is answered when a sum does not fit the books."""
    return Refusal(
        "document.too_large", "A quantity or an amount is too large for the books.", "Check quantities and prices."
    )
