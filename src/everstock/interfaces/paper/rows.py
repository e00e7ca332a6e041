"""What a document on paper says, as plain rows: whoever prints fills them in from wherever the document lives.

Quantities are integers of 10^-6 of the line's unit, unit prices of 10^-6 of the currency's major unit, rates and discounts
10^-6 fractions, money integers of the minor unit of a currency with ``digits`` decimals. Texts may hold anything: they are
printed as they stand, a line break is a line break. Empty text, an empty tuple and None are left out.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from everstock.interfaces.paper.texts import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes. ``logo``: the content of a PNG or SVG file; ``font``: a family installed here, else the one that is built in."""

    name: str
    address: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    """Registration, tax number, bank: at the foot of every page."""
    tax_number: str = ""
    """Below the address, as invoices must say it."""
    bank: tuple[str, ...] = ()
    """Where customers pay to: on invoices and reminders."""
    logo: bytes | None = None
    font: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom it is about: the supplier or the customer."""

    name: str
    address: tuple[str, ...] = ()
    tax_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The currency of a document: its code and the decimals of its minor unit."""

    currency: str
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot of a line, or a piece of its own serial number. ``quantity`` in the unit of the line, None if there is nothing to tell apart."""

    code: str
    serial: bool = False
    quantity: int | None = None
    made_on: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """What one tax code makes of the lines that have it."""

    name: str
    rate: int
    net: int
    tax: int
    reverse_charge: bool = False
    """The buyer owes the tax: ``rate`` and ``tax`` are 0."""
    exempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of an order. ``amount`` is net of ``discount`` and without tax. ``None``: the price is not known yet.

    ``quantity``: ``None`` where a price alone is meant. ``tax``: name and rate (10^-6) of the line's tax, ``None`` where it has none.
    """

    item: str
    name: str
    unit: str
    quantity: int | None
    unit_price: int | None
    amount: int | None
    discount: int = 0
    supplier_item: str = ""
    details: tuple[str, ...] = ()
    expected_on: dt.date | None = None
    tax: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPaper:
    """What all papers with prices and sums say. ``draft``: it does not hold yet, and says so."""

    language: Language
    company: Letterhead
    number: str
    day: dt.date
    money: Money
    lines: tuple[OrderLine, ...]
    net: int
    tax: int
    gross: int
    taxes: tuple[TaxRow, ...] = ()
    version: int = 1
    draft: bool = False
    expected_on: dt.date | None = None
    deliver_to: tuple[str, ...] = ()
    payment_terms: str = ""
    incoterm: str = ""
    terms: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaper(PricedPaper):
    """A purchase order. ``draft``: it is not approved yet. ``contract``: the blanket order it calls off from."""

    supplier: Party
    buyer: str = ""
    supplier_reference: str = ""
    contract: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line of a receipt. ``rejected`` is a part of ``received``; ``ordered`` is None where nothing was ordered."""

    item: str
    name: str
    unit: str
    received: int
    rejected: int = 0
    ordered: int | None = None
    order: str = ""
    location: str = ""
    details: tuple[str, ...] = ()
    lots: tuple[Lot, ...] = ()
    unit_price: int | None = None
    amount: int | None = None
    provisional: bool = False
    """The price is not known yet: the one printed is expected to be corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPaper:
    """A goods receipt note. ``total``: the sum of the lines' amounts."""

    language: Language
    company: Letterhead
    supplier: Party
    number: str
    day: dt.date
    money: Money
    lines: tuple[ReceiptLine, ...]
    total: int | None = None
    delivery_note: str = ""
    warehouse: str = ""
    received_by: str = ""
    notes: str = ""


class Resolution(StrEnum):
    """What is expected for goods that go back."""

    CREDIT = "credit"
    REPLACEMENT = "replacement"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """A line of a return. ``receipt``: number of the receipt the goods came with."""

    item: str
    name: str
    unit: str
    quantity: int
    supplier_item: str = ""
    receipt: str = ""
    reason: str = ""
    details: tuple[str, ...] = ()
    lots: tuple[Lot, ...] = ()
    unit_price: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPaper:
    """A supplier return note. ``total``: the sum of the lines' amounts."""

    language: Language
    company: Letterhead
    supplier: Party
    number: str
    day: dt.date
    money: Money
    lines: tuple[ReturnLine, ...]
    resolution: Resolution
    total: int | None = None
    carrier: str = ""
    authorisation: str = ""
    """The supplier's number under which the goods may come back."""
    sent_by: str = ""
    notes: str = ""
