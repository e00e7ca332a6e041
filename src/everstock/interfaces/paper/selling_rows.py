"""What the papers of selling say, as plain rows; units and habits as in ``rows``."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from everstock.interfaces.paper.rows import Letterhead, Lot, Money, Party, PricedPaper
from everstock.interfaces.paper.texts import Language


class SaleKind(StrEnum):
    """Papers with prices; the value is how the text is called that is their title."""

    QUOTE = "quote"
    CONFIRMATION = "confirmation"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepaid:
    """What of an invoice was paid before it was written, and when; or at a till as it was written, by ``means``, as a credit note is paid out."""

    day: dt.date
    amount: int
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashDiscount:
    """What may be kept back, ``rate`` in 10^-6 and ``amount``, by who pays by a day."""

    until: dt.date
    rate: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTax:
    """The tax of an invoice in the currency of the company's books, where that is another."""

    money: Money
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePaper(PricedPaper):
    """A quote, an order confirmation, an invoice or a credit note (its amounts are what is credited, above zero).

    ``due_on``: until when a quote is valid, by when an invoice is to be paid. ``supplied``: the first and the last day of delivery.
    ``orders``: our numbers of what it is of; ``invoices``: those that a credit note corrects.
    """

    kind: SaleKind
    customer: Party
    due_on: dt.date | None = None
    supplied: tuple[dt.date, dt.date] | None = None
    reference: str = ""
    quote: str = ""
    orders: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    seller: str = ""
    prepaid: tuple[Prepaid, ...] = ()
    cash_discount: CashDiscount | None = None
    own_tax: OwnTax | None = None


class DispatchKind(StrEnum):
    """Papers that go with goods; the value is how the text is called that is their title."""

    DELIVERY_NOTE = "delivery_note"
    PACKING_SLIP = "packing_slip"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchLine:
    """A line of what is shipped. ``to_follow``: what of the order is still to come, None where there is no order."""

    item: str
    name: str
    unit: str
    quantity: int
    ordered: int | None = None
    to_follow: int | None = None
    order: str = ""
    details: tuple[str, ...] = ()
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageContent:
    """What is in a package. ``weight`` in 10^-6 kg, ``size`` in mm (length, width, height), None where nobody measured it; ``sscc``: 18 digits or empty."""

    lines: tuple[DispatchLine, ...]
    sscc: str = ""
    weight: int | None = None
    size: tuple[int | None, int | None, int | None] = (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPaper:
    """A delivery note or a packing slip: it has no prices. ``receiver``: who gets the goods; ``invoice_to``: who gets the bill.

    ``packages``: of a packing slip, which then has a page for each, so that every one goes with its package.
    """

    kind: DispatchKind
    language: Language
    company: Letterhead
    receiver: Party
    number: str
    day: dt.date
    lines: tuple[DispatchLine, ...]
    orders: tuple[str, ...] = ()
    reference: str = ""
    invoice_to: tuple[str, ...] = ()
    incoterm: str = ""
    carrier: str = ""
    sent_by: str = ""
    notes: str = ""
    packages: tuple[PackageContent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """What to take, from where; in the order of walking. ``code``: of the place."""

    place: str
    item: str
    name: str
    unit: str
    quantity: int
    lot: Lot | None = None
    order: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PickPaper:
    """A pick list. ``customer``: None where it is for several."""

    language: Language
    company: Letterhead
    number: str
    day: dt.date
    lines: tuple[PickLine, ...]
    customer: Party | None = None
    warehouse: str = ""
    orders: tuple[str, ...] = ()
    expected_on: dt.date | None = None
    notes: str = ""


class LabelKind(StrEnum):
    """Labels on parcels; the value is how the text is called that is their title."""

    RETURN = "return_label"
    SHIPPING = "shipping_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPaper:
    """A label of 100 × 150 mm. ``facts``: texts by name; ``sscc``: 18 digits, drawn as GS1-128; without it the number, twice."""

    kind: LabelKind
    language: Language
    sender: Party
    receiver: Party
    number: str
    day: dt.date
    sscc: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """What a document did to what a customer owes; ``kind``: how the text is called that says what it is, empty: owed before."""

    day: dt.date
    kind: str
    number: str
    amount: int
    balance: int
    due_on: dt.date | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPaper:
    """A customer's statement of account in one currency, from ``first`` to ``day``, both included."""

    language: Language
    company: Letterhead
    customer: Party
    number: str
    first: dt.date
    day: dt.date
    money: Money
    lines: tuple[StatementLine, ...]


class Insistence(StrEnum):
    """How a customer is reminded; the value is how the text of the letter is called."""

    FIRST = "remind_first"
    AGAIN = "remind_again"
    LAST = "remind_last"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLine:
    """An overdue invoice: what of it is ``open``, in minor units; ``overdue`` in days; ``reminded_on``: when last, if it was."""

    number: str
    due_on: dt.date
    overdue: int
    open: int
    reminded_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPaper:
    """A letter of ``day`` that asks a customer to pay overdue invoices in one currency; ``number``: the customer's.

    ``credit``: what the customer need not pay of them, in minor units.
    """

    language: Language
    company: Letterhead
    customer: Party
    number: str
    day: dt.date
    pay_by: dt.date
    title: str
    insistence: Insistence
    money: Money
    lines: tuple[ReminderLine, ...]
    credit: int = 0
