"""A document and its lines as plain records: what verbs compute with, and what ``write`` and ``read`` translate.

Units: quantities in 10^-6 of the line's unit, ``base_quantity`` and the progress counters in 10^-6 of the item's base unit, unit prices in
10^-6 of the major unit of the document's currency, discounts and tax rates in 10^-6, money in minor units of the document's currency,
exchange rates in 10^-9 of the company's currency, moments in microseconds since 1970-01-01 UTC.
"""

import datetime as dt
from typing import Any, NamedTuple

Details = dict[str, Any]
"""What a kind of document keeps beside the columns, as JSON."""
CHANNEL = "channel"
"""Key in the details of what is sold or offered: the code of the sales channel it comes through, whose number an order's reference is."""
SERIES = "series"
"""Key in a document's details: the number series of its sales channel, where that counts for itself."""


class Header(NamedTuple):
    """A document without its lines.

    ``id`` was reserved by the read before the write (``Read.ids``). ``number`` is given by the write; empty until then. ``day`` is the
    effective day, ``sent_on`` the day it went to the partner, ``due_on`` when to pay, or until when it is valid. ``reference`` is the
    partner's own number. ``posted_at``: since then unchangeable. ``created_by``: a user's id, or ``None`` for the system.
    """

    id: int
    kind: str
    state: str
    day: dt.date
    currency: str
    created_at: int
    number: str = ""
    version: int = 1
    partner: int | None = None
    due_on: dt.date | None = None
    expected_on: dt.date | None = None
    sent_on: dt.date | None = None
    rate: int = 1_000_000_000
    reference: str | None = None
    net: int = 0
    tax: int = 0
    gross: int = 0
    paid: int = 0
    posted_at: int | None = None
    created_by: int | None = None
    details: Details | None = None


class Line(NamedTuple):
    """A line of a document. ``line`` counts from 1; ``id`` is given by the write, 0 until then.

    One of ``unit`` (``None``: the base unit) is ``numerator / denominator`` base units. ``unit_price`` is ``None`` while it is not known.
    ``source``: id of the predecessor's line. Progress: ``ordered`` (called off from a blanket order; of a quote: ordered), ``received``
    (accepted into stock; of a sales order: shipped), ``rejected`` (refused on arrival, and so still expected), ``invoiced``, ``returned`` (of a sales
    order: before it was billed, so that it never will be).
    """

    document: int
    line: int
    quantity: int
    base_quantity: int
    id: int = 0
    item: int | None = None
    location: int | None = None
    to_location: int | None = None
    lot: int | None = None
    description: str = ""
    unit: int | None = None
    numerator: int = 1
    denominator: int = 1
    unit_price: int | None = None
    discount: int = 0
    net: int = 0
    tax_code: int | None = None
    tax: int = 0
    source: int | None = None
    expected_on: dt.date | None = None
    ordered: int = 0
    received: int = 0
    invoiced: int = 0
    returned: int = 0
    rejected: int = 0
    account: int | None = None
    ledger_reference: str | None = None
    details: Details | None = None


class Update(NamedTuple):
    """What changes on a document; ``None`` leaves a column as it is. ``paid`` is added to what is there."""

    id: int
    state: str | None = None
    paid: int = 0
    posted_at: int | None = None
    version: int | None = None
    due_on: dt.date | None = None
    expected_on: dt.date | None = None
    sent_on: dt.date | None = None
    reference: str | None = None
    net: int | None = None
    tax: int | None = None
    gross: int | None = None
    details: Details | None = None


class LineUpdate(NamedTuple):
    """What changes on a line, by its id; ``None`` leaves a column as it is. The progress counters are added to what is there."""

    id: int
    ordered: int = 0
    received: int = 0
    invoiced: int = 0
    returned: int = 0
    rejected: int = 0
    quantity: int | None = None
    base_quantity: int | None = None
    unit_price: int | None = None
    discount: int | None = None
    net: int | None = None
    tax: int | None = None
    expected_on: dt.date | None = None
    location: int | None = None
    ledger_reference: str | None = None
    details: Details | None = None


class Version(NamedTuple):
    """What a document said before it was changed: ``content`` is the outcome of ``content``."""

    document: int
    version: int
    at: int
    user: int | None
    content: Details


class Request(NamedTuple):
    """The idempotency key of the request that makes ``document``; ``content`` identifies what was asked for."""

    key: str
    content: int
    document: int


class Warned(NamedTuple):
    """What whoever acted has to know, though it was done: a code, the number of the line it is about, and a sentence."""

    code: str
    line: int
    words: str


class DocumentRef(NamedTuple):
    """What a verb answers: which document, and where it is now."""

    id: int
    number: str
    state: str

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What whoever acted has to know; a repeated request is answered without."""
        return ()


class _WarnedRef(DocumentRef):
    """The same with warnings, which do not make it another document."""

    kept: tuple[Warned, ...] = ()

    @property
    def warnings(self) -> tuple[Warned, ...]:
        return self.kept


def warned(done: DocumentRef, warnings: tuple[Warned, ...]) -> DocumentRef:
    """Return what a verb answers, with warnings if there are any."""
    if not warnings:
        return done
    answer = _WarnedRef(*done)
    answer.kept = warnings
    return answer


def content(header: Header, lines: list[Line]) -> Details:
    """Return a document with its lines as JSON: names to values, without what is empty."""
    return {**_named(header), "lines": [_named(line) for line in lines]}


def _named(record: Header | Line) -> Details:
    values = zip(record._fields, record, strict=True)
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values if value is not None
    }
