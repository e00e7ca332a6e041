"""Margin: what was sold, what it brought and what it had cost, by line, order, invoice, customer, item, category, channel, seller or period.

Revenue is what invoices and credit notes booked, on their days; cost is what shipments and returns booked, on theirs, as a replay of the
facts known at a moment finds it. So the sums of both are what the accounts show over the same days, and a cost that is learned later is in
the margin of the sale, whether it is invoiced or not. What is shipped and not invoiced stands beside revenue, at the price of the order.
The revenue of a kit is that of its components, which have its costs: each has the part in the kit's price that the order gave it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

from everstock.core.problems import Refusal, check_range
from everstock.core.quantities import round_half_up
from everstock.ledger.queries import day_of
from everstock.ledger.sales import SaleFact, facts_named, sale_facts, sales_accounts, sales_costs
from everstock.masterdata.models import Company
from everstock.operations.documents.allocation import shared
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.identity.models import User
from everstock.operations.sales.booked_revenue import revenues
from everstock.operations.sales.selling_costs import cost_shares
from everstock.operations.sales.unbilled import billed_by_invoice, shipped_not_invoiced
from everstock.reports.questions import Question, asking, shares
from everstock.reports.sale_costs import sale_costs
from everstock.reports.trace import Trace, TracedLine

_MOST = 10
"""How many times the revenue a margin may be to be told as a percentage of it."""

By = Literal["item", "category", "customer", "order", "line", "invoice", "channel", "seller", "day", "week", "month"]


class Amounts(NamedTuple):
    """``quantity`` in 10^-6 base units, shipped less returned; amounts in minor units of the company's currency.

    ``revenue`` is what was invoiced less what was credited; ``not_invoiced`` what was shipped and not invoiced at the price of the order.
    ``provisional``: how much of ``cost`` is not final. ``selling_costs``: freight and fees that were said to belong to the sales; they are no
    part of ``cost``.
    """

    quantity: int = 0
    revenue: int = 0
    not_invoiced: int = 0
    cost: int = 0
    provisional: int = 0
    selling_costs: int = 0

    def plus(self, other: "Amounts") -> "Amounts":
        """The sums of both."""
        return Amounts(*(one + another for one, another in zip(self, other, strict=True)))

    @property
    def margin(self) -> int:
        """What revenue is more than cost."""
        return self.revenue - self.cost

    @property
    def contribution(self) -> int:
        """What is left of the margin after selling costs."""
        return self.margin - self.selling_costs


@dataclass(frozen=True, slots=True)
class MarginEntry:
    """The figures of one movement, or of one line of an invoice or a credit note: what all sums are made of.

    ``reference``: the movement's in the ledger. ``document`` and ``line``: where it is written. ``shipped_line``: id of the line of the
    shipment it is about.
    """

    day: dt.date
    item: int | None
    partner: int | None
    reference: str
    document: str
    line: int | None
    order: str
    order_line: int | None
    channel: str
    seller: int | None
    shipped_line: int | None
    invoice: str
    amounts: Amounts

    @property
    def key(self) -> tuple[dt.date, str, int, str]:
        """The place in a list."""
        return self.day, self.document, self.line or 0, self.reference


@dataclass(frozen=True, slots=True)
class MarginRow:
    """``key`` is what the rows are by, empty for what belongs to none. ``documents``: numbers of where the figures are written."""

    key: str
    item: str
    partner: str
    amounts: Amounts
    documents: tuple[str, ...]

    @property
    def margin(self) -> int:
        """What revenue is more than cost."""
        return self.amounts.margin

    @property
    def percent(self) -> int | None:
        """Margin by revenue in 10^-6 of a percent, rounded to hundredths.

        ``None`` without revenue, and where it is less than a tenth of the margin: what is lost on goods that were all but given away is no
        percentage of anything.
        """
        revenue = self.amounts.revenue
        if not revenue or abs(self.margin) > _MOST * abs(revenue):
            return None
        sign = 1 if revenue > 0 else -1
        return round_half_up(sign * self.margin * 10_000, sign * revenue) * 10_000


def margin(
    *,
    company: Company,
    by: By = "item",
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
    partner: str | None = None,
) -> list[MarginRow]:
    """Return the margin of what was shipped and invoiced on days of a range, as known at ``known_at``, by what ``by`` says.

    By invoice, the cost of a shipment's line is shared between its invoices and what is not invoiced, by quantity.
    Refused: ``margin.by``, ``range.empty``, ``item.unknown``, ``partner.unknown``.
    """
    check_range(from_, to)
    if by not in get_args(By):
        raise Refusal("margin.by", f"There is no margin by {by}.", f"Use one of: {', '.join(get_args(By))}.")
    with asking(company, as_of=to, known_at=known_at) as ask:
        entries = _entries(ask, from_, item, partner)
        if by == "invoice":
            entries = _by_invoice(ask, entries)
        return _grouped(entries, _namer(ask, by), ask, by)


def margin_entries(
    *,
    company: Company,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
    partner: str | None = None,
) -> list[MarginEntry]:
    """Return what the sums of ``margin`` are made of: movements, and lines of invoices and credit notes, by day."""
    check_range(from_, to)
    with asking(company, as_of=to, known_at=known_at) as ask:
        return sorted(_entries(ask, from_, item, partner), key=lambda entry: entry.key)


# ---------------------------------------------------------------------------------------------------------------------
# What there is


def _entries(ask: Question, from_: dt.date | None, item: str | None, partner: str | None) -> list[MarginEntry]:
    first = from_ or dt.date.min
    trace = Trace(ask.company_id)
    found = [*_moved(ask, trace, first), *_billed(ask, trace, first), *_spent(ask, trace, first)]
    if item is not None:
        only = ask.names.item(item)
        found = [entry for entry in found if entry.item == only]
    if partner is not None:
        whose = ask.names.partner(partner)
        found = [entry for entry in found if entry.partner == whose]
    return found


def _moved(ask: Question, trace: Trace, first: dt.date) -> Iterator[MarginEntry]:
    """What left and came back: quantity, cost, and what of it is not invoiced."""
    accounts = sales_accounts(ask.company_id)
    facts = {fact.id: fact for fact in sale_facts(ask.company_id, from_=first, to=ask.as_of, position=ask.position)}
    booked = sales_costs(ask.company_id, accounts, from_=first, to=ask.as_of, position=ask.position)
    costs = sale_costs(ask, {row.item for row in booked} | {fact.item for fact in facts.values()}, accounts)
    by_day = {key: cost for key, cost in costs.booked.items() if key[1] >= first}
    known = facts | {fact.id: fact for fact in facts_named({fact for fact, _ in by_day} - facts.keys())}
    trace.load((), (fact.reference for fact in known.values()))
    unbilled = {
        row.movement: row
        for row in shipped_not_invoiced(ask.names.company, as_of=ask.as_of or dt.date.max, known_at=ask.known_at)
    }
    for fact in facts.values():
        day = day_of(fact.effective_at)
        open_ = unbilled.get(fact.id)
        amounts = Amounts(
            quantity=fact.quantity,
            not_invoiced=0 if open_ is None else open_.value,
            cost=by_day.pop((fact.id, day), 0),
            provisional=costs.provisional[fact.id],
        )
        yield _of_fact(trace, fact, day, amounts)
    for (fact_id, day), cost in by_day.items():
        if cost:
            yield _of_fact(trace, known[fact_id], day, Amounts(cost=cost))


def _of_fact(trace: Trace, fact: SaleFact, day: dt.date, amounts: Amounts) -> MarginEntry:
    return _entry(trace, trace.line_of(fact.reference), day, fact.item, fact.partner, fact.reference, amounts)


def _billed(ask: Question, trace: Trace, first: dt.date) -> Iterator[MarginEntry]:
    """What was invoiced and credited, and taken back of that: the booked revenue of each document, by the amounts of its lines."""
    company = ask.names.company
    booked = revenues(company, from_=first, to=ask.as_of or dt.date.max, position=ask.position)
    trace.load(one.document for one in booked)
    for one in booked:
        lines = trace.lines_of(one.document)
        partner = trace.documents[one.document].partner
        for line, revenue in zip(lines, shares(one.amount, [line.net for line in lines]), strict=True):
            entry = _entry(trace, line, one.day, line.item, partner, "", Amounts(revenue=revenue))
            yield from _by_component(trace, line, entry) or [entry]


def _by_component(trace: Trace, line: TracedLine, entry: MarginEntry) -> list[MarginEntry]:
    """The revenue of a kit where its costs are: by the lines of its components on the order."""
    parts = trace.kit_parts(line)
    return [
        replace(entry, item=part.item, order_line=part.number, amounts=Amounts(revenue=revenue))
        for (part, _), revenue in zip(parts, shares(entry.amounts.revenue, [net for _, net in parts]), strict=True)
    ]


def _spent(ask: Question, trace: Trace, first: dt.date) -> Iterator[MarginEntry]:
    """Selling costs, by the lines of the shipments they were said to belong to."""
    to = ask.as_of or dt.date.max
    parts = cost_shares(ask.company_id, from_=first, to=to, known_at=ask.known_at, position=ask.position)
    trace.load(one.shipment for one in parts)
    for one in parts:
        line = trace.lines[one.line]
        partner = trace.documents[one.shipment].partner
        yield _entry(trace, line, one.day, line.item, partner, "", Amounts(selling_costs=one.amount))


def _entry(
    trace: Trace,
    line: TracedLine | None,
    day: dt.date,
    item: int | None,
    partner: int | None,
    reference: str,
    amounts: Amounts,
) -> MarginEntry:
    ordered = trace.back_to(line, DocumentKind.SALES_ORDER)
    shipped = trace.back_to(line, DocumentKind.SHIPMENT)
    invoiced = trace.back_to(line, DocumentKind.CUSTOMER_INVOICE)
    order = None if ordered is None else trace.documents[ordered.document]
    return MarginEntry(
        *(day, item, partner, reference),
        document="" if line is None else trace.documents[line.document].number,
        line=None if line is None else line.number,
        order="" if order is None else order.number,
        order_line=None if ordered is None else ordered.number,
        channel="" if order is None else order.channel,
        seller=None if order is None else order.seller,
        shipped_line=None if shipped is None else shipped.id,
        invoice="" if invoiced is None else trace.documents[invoiced.document].number,
        amounts=amounts,
    )


def _by_invoice(ask: Question, entries: Iterable[MarginEntry]) -> list[MarginEntry]:
    """The entries of movements, and selling costs, shared between the invoices of their shipment's line; what no invoice bills has none."""
    result: list[MarginEntry] = []
    moved: dict[int, list[MarginEntry]] = {}
    for entry in entries:
        if not entry.invoice and entry.shipped_line is not None:
            moved.setdefault(entry.shipped_line, []).append(entry)
        else:
            result.append(entry)
    company, as_of = ask.names.company, ask.as_of or dt.date.max
    billed = billed_by_invoice(company, as_of=as_of, position=ask.position)
    numbers = _numbers(ask, {invoice for line in moved for invoice in billed.get(line, ())})
    rest = {row.line: row.open for row in shipped_not_invoiced(company, as_of=as_of, known_at=ask.known_at)}
    for line, some in moved.items():
        parts = {numbers[invoice]: quantity for invoice, quantity in billed.get(line, {}).items() if quantity > 0}
        if rest.get(line, 0) > 0 or not parts:
            parts[""] = rest.get(line, 0) or 1
        total = Amounts()
        for entry in some:
            total = total.plus(entry.amounts)
        # what is not invoiced is of no invoice
        split = [shared(amount, list(parts.values())) for amount in total._replace(not_invoiced=0)]
        for invoice, *amounts in zip(parts, *split, strict=True):
            result.append(replace(some[0], invoice=invoice, amounts=Amounts(*amounts)))
        if total.not_invoiced:
            result.append(replace(some[0], invoice="", amounts=Amounts(not_invoiced=total.not_invoiced)))
    return result


def _numbers(ask: Question, documents: set[int]) -> dict[int, str]:
    trace = Trace(ask.company_id)
    trace.load(documents)
    return {document: trace.documents[document].number for document in documents}


# ---------------------------------------------------------------------------------------------------------------------
# By what


_Namer = Callable[[MarginEntry], str]


def _namer(ask: Question, by: By) -> _Namer:
    names = ask.names
    users = dict(User.objects.values_list("id", "name")) if by == "seller" else {}
    namers: dict[str, _Namer] = {
        "item": lambda entry: "" if entry.item is None else names.items[entry.item],
        "category": lambda entry: "" if entry.item is None else names.categories[entry.item],
        "customer": lambda entry: names.partners[entry.partner],
        "order": lambda entry: entry.order,
        "line": lambda entry: f"{entry.order}/{entry.order_line}" if entry.order else "",
        "invoice": lambda entry: entry.invoice or (entry.document if entry.amounts.revenue else ""),
        "channel": lambda entry: entry.channel,
        "seller": lambda entry: users.get(entry.seller or 0, ""),
        "day": lambda entry: entry.day.isoformat(),
        "week": lambda entry: "{}-W{:02d}".format(*entry.day.isocalendar()[:2]),
        "month": lambda entry: f"{entry.day:%Y-%m}",
    }
    return namers[by]


_DETAILED = frozenset({"order", "line", "invoice"})
"""What rows are by that are of few documents, which are named."""


def _place(key: str, by: By) -> tuple[str, int]:
    """Where a row stands: by what it is of; the tenth line of an order is after its second."""
    order, _, line = key.rpartition("/")
    return (order, int(line)) if by == "line" and line.isdecimal() else (key, 0)


def _grouped(entries: Iterable[MarginEntry], name: _Namer, ask: Question, by: By) -> list[MarginRow]:
    sums: dict[str, Amounts] = {}
    about: dict[str, tuple[set[int | None], set[int | None], set[str]]] = {}
    for entry in entries:
        key = name(entry)
        sums[key] = sums.get(key, Amounts()).plus(entry.amounts)
        items, partners, documents = about.setdefault(key, (set(), set(), set()))
        items.add(entry.item)
        partners.add(entry.partner)
        documents.add(entry.document)
    names = ask.names
    rows = []
    for key, amounts in sorted(sums.items(), key=lambda one: _place(one[0], by)):
        if not any(amounts):
            continue
        items, partners, documents = about[key]
        # what is kept back for restocking goods is of their line, and of no item
        known = items - {None}
        item = next(iter(known)) if by == "line" and len(known) == 1 else None
        partner = next(iter(partners)) if by in _DETAILED and len(partners) == 1 else None
        rows.append(
            MarginRow(
                key,
                "" if item is None else names.items[item],
                names.partners[partner],
                amounts,
                tuple(sorted(documents - {""})) if by in _DETAILED else (),
            )
        )
    return rows
