"""Selling at a till: ordered, taken away, invoiced and paid in one transaction, and in two messages to the database."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.books import books_of
from everstock.ledger.database import integers
from everstock.ledger.lines import Document as Booked
from everstock.ledger.lines import JournalLine, epoch_day
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import Ready, ready
from everstock.ledger.reservations import Wanted
from everstock.ledger.statements import Call, Statement
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.lines import OrderLine, named
from everstock.operations.documents.payments import CARRIED, INVOICE
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import understood as understood_documents
from everstock.operations.documents.records import CHANNEL, SERIES, DocumentRef, Header, Line, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import facts as sale_facts
from everstock.operations.sales.below_cost import below_cost, noted, told
from everstock.operations.sales.billing_facts import BillingFacts
from everstock.operations.sales.channel_stock import taking
from everstock.operations.sales.credit import require_not_held
from everstock.operations.sales.facts import Facts
from everstock.operations.sales.invoices import Billed, ToBill, billed_lines
from everstock.operations.sales.kits import exploded
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.order_lines import compose, require_prices
from everstock.operations.sales.orders import new_header, of_channel
from everstock.operations.sales.revenue import account_for, to_book
from everstock.operations.sales.shipments import Leaving, shipped_lines, short
from everstock.operations.sales.tenders import CASH, Means, Paid, Tender, paid_by, understood_means
from everstock.operations.sales.till_lots import OfLot, Scanned
from everstock.operations.warehouse.picking import PickPlace
from everstock.operations.warehouse.picking import understood as understood_places
from everstock.operations.warehouse.places import warehouse_of
from everstock.operations.warehouse.posting import departure_moment

_ORDER, _SHIPMENT = DocumentKind.SALES_ORDER, DocumentKind.SHIPMENT
_INVOICE, _PAYMENT = DocumentKind.CUSTOMER_INVOICE, DocumentKind.CUSTOMER_PAYMENT


class _Till(NamedTuple):
    """What is known before a sale is written."""

    facts: Facts
    places: dict[tuple[int, int], list[PickPlace]]
    billing: BillingFacts
    means: dict[str, Means]
    ledger: Mapping[str, Any] | None


class _Sale(NamedTuple):
    """The documents of a sale: order, shipment, invoice, payments; and all their lines, in this order."""

    headers: list[Header]
    lines: list[Line]
    leaving: list[Leaving]
    posting: Ready


class Basket(NamedTuple):
    """What is sold, and how it is paid; see ``sell``."""

    channel: str
    lines: Sequence[OrderLine]
    tenders: Sequence[Tender]
    day: dt.date
    recorded_at: int
    customer: int | None
    change: str
    effective_at: int | None
    lots: Sequence[OfLot]


@answers_repeats
def sell(
    actor: Actor,
    *,
    channel: str,
    lines: Sequence[OrderLine],
    tenders: Sequence[Tender],
    day: dt.date,
    recorded_at: int,
    customer: int | None = None,
    change: str = CASH,
    effective_at: int | None = None,
    lots: Sequence[OfLot] = (),
    key: str | None = None,
) -> DocumentRef:
    """Sell goods at a point of sale (the code of a channel) that are paid and taken away, and return the invoice, paid: the receipt.

    ``customer``: a partner's id, ``None``: the channel's own. ``tenders``: how it is paid, together exactly its amount; of what is given in
    another currency, at the rate of the day, the rest is given back by the means ``change``. Goods, of kits their components, are taken first
    expired first out, or of the ``lots`` that were read on them, within what the channel may promise. ``effective_at``: as for a shipment. ``key``: the same key with the same content
    returns the first invoice.

    Refused: ``lot.no_line``, ``lot.unknown``, ``lot.twice``, ``lot.expired``, ``lot.not_taken``, ``permission.missing``, ``till.not_one`` (no point of sale), ``till.return``, ``till.currency``, ``till.means`` (no account
    for them), ``till.amount``, ``rate.missing``, ``kit.not_whole``, ``quantity.not_exact``, ``shipment.short``, ``stock.kept``, ``stock.promised``,
    a customer on hold (``customer.on_hold``, ``approval.over_limit``); for lines, customer and prices what ``orders.create_order``
    refuses, what the ledger refuses, ``request.other_content``.
    """
    require(actor, Permission.TILL_SELL)
    basket = Basket(channel, lines, tenders, day, recorded_at, customer, change, effective_at, lots)
    asked = fingerprint(
        *("till", channel, tuple(lines), tuple(tenders), day, customer, change), effective_at, tuple(lots)
    )
    with atomic_verb():
        return sold(actor, basket, key=key, content=asked)


def sold(actor: Actor, basket: Basket, *, credit: int = 0, key: str | None = None, content: int = 0) -> DocumentRef:
    """Sell what is wanted, inside the transaction of a verb, and return the invoice; refused as ``sell``.

    ``credit``: what the customer has to his credit, in minor units: so much of the invoice is left open, and the tenders pay the rest of it if
    there is one. ``content``: of the request under ``key``.
    """
    if any(line.quantity < 0 for line in basket.lines):
        raise Refusal(
            "till.return",
            "A sale does not take goods back.",
            "Take them back by their receipt, or exchange them for what the customer takes instead.",
        )
    till = _load(actor.company_id, basket, key)
    answered(till.facts.read.request, key, content)
    order, ordered = _ordered(actor, till.facts, basket.lines, basket.day, basket.recorded_at)
    require_not_held(actor, order, ordered, till.facts)
    warnings = below_cost(order, ordered, till.facts)
    paying = partial(_paying, basket, till, credit)
    at = departure_moment(basket.day, basket.effective_at, basket.recorded_at)
    scanned = Scanned(basket.lots, till.facts.items, basket.day)
    sale = _composed(actor, till, order, ordered, paying, at, scanned)
    ids = [header.id for header in sale.headers]
    numbers = write(
        actor.company_id,
        documents=sale.headers,
        lines=sale.lines,
        links=[(ids[0], ids[1]), (ids[1], ids[2]), *((ids[2], payment) for payment in ids[3:])],
        # the order posts nothing
        posting=(ids[1:], sale.posting),
        audit=[_said(actor, header, basket.channel, noted(warnings)) for header in sale.headers],
        request=None if key is None else Request(key, content, ids[2]),
        before=_taking(actor.company_id, sale.leaving, basket.channel, basket.recorded_at),
    )
    return told(actor, DocumentRef(ids[2], numbers[ids[2]], sale.headers[2].state), warnings)


def _paying(basket: Basket, till: _Till, credit: int, gross: int) -> list[Paid]:
    """What is paid of ``gross`` by tenders: nothing where there is credit enough."""
    if credit and gross <= credit:
        return []
    given, currency = basket.tenders, till.facts.company_currency
    return paid_by(given, till.means, gross - credit, currency=currency, day=basket.day, change=basket.change)


_READ = Statement(
    f"SELECT till_read({', '.join(f'${number}' for number in range(1, 12))})",
    *("int", "text", "int", "date", "int[]", "int[]", "int[]", "int[]", "int[]", "int", "text"),
)


def _load(company_id: int, basket: Basket, key: str | None) -> _Till:
    channel, lines, tenders, day, *_ = basket
    new_ids = 3 + len(tenders)
    (answer,) = _READ.run(company_id, channel, basket.customer, day, *map(integers, named(lines, None)), new_ids, key)
    found = json.loads(answer or "")
    read = understood_documents(found["sale"]["documents"])
    facts = sale_facts.understood(found["sale"], read, day, channel)
    billing = BillingFacts(read, dict(found["categories"] or ()), dict(found["output_tax"] or ()))
    return _Till(facts, understood_places(found["places"]), billing, understood_means(found["means"]), found["ledger"])


def _ordered(
    actor: Actor, facts: Facts, lines: Sequence[OrderLine], day: dt.date, recorded_at: int
) -> tuple[Header, list[Line]]:
    """The order, of which everything is shipped and invoiced, with lines whose ids are their places among all that are written."""
    assert facts.channel is not None
    if facts.channel.kind != ChannelKind.POINT_OF_SALE:
        raise Refusal(
            "till.not_one", f"{facts.channel.code} is no point of sale.", "Name another channel, or enter an order."
        )
    if facts.currency != facts.company_currency:
        raise Refusal(
            "till.currency",
            f"{facts.customer} is sold to in {facts.currency}, and a till takes {facts.company_currency}.",
            "Enter an order, or sell to another customer.",
        )
    header = new_header(
        actor, _ORDER, facts, customer=facts.customer_id, day=day, recorded_at=recorded_at, reference=None
    )
    written = compose(lines, facts, document=header.id, first=1, day=day, location=None, expected_on=None)
    header = of_channel(actor.company_id, header, written, facts.channel)
    require_prices(actor, header, written, facts)
    sums = totals(written)
    return (
        header._replace(state=State.INVOICED.value, sent_on=day, net=sums.net, tax=sums.tax, gross=sums.gross),
        [
            line._replace(id=-line.line, received=line.base_quantity if line.item else 0)
            for line in exploded(written, facts)
        ],
    )


def _composed(
    actor: Actor,
    till: _Till,
    order: Header,
    ordered: list[Line],
    paying: Callable[[int], list[Paid]],
    at: int | None,
    scanned: Scanned,
) -> _Sale:
    ids = till.facts.read.ids
    kept = {name: said for name, said in (order.details or {}).items() if name in {CHANNEL, SERIES}}
    shipment = order._replace(
        id=ids[1],
        kind=_SHIPMENT.value,
        sent_on=None,
        posted_at=order.created_at,
        details=kept,
        net=0,
        tax=0,
        gross=0,
    )
    leaving = _leaving(actor.company_id, till, ordered, scanned)
    shipped, moved = shipped_lines(leaving, {order.id: (order, ordered)}, till.facts.company_currency, shipment, at)
    shipped = [line._replace(id=-(len(ordered) + line.line)) for line in shipped]
    read = Read(
        {order.id: order, shipment.id: shipment},
        {order.id: ordered, shipment.id: shipped},
        [ids[2]],
        None,
        till.facts.company_currency,
    )
    billed = billed_lines(read, [shipment], ToBill([shipment.id]))
    bills = [one.line for one in billed]
    sums = totals(bills)
    paid = paying(sums.gross)
    settled = sum(one.amount for one in paid)
    state = State.PAID if settled == sums.gross else State.PARTLY_PAID if settled else State.POSTED
    invoice = order._replace(
        id=ids[2],
        kind=_INVOICE.value,
        state=state.value,
        sent_on=None,
        due_on=order.day,
        posted_at=order.created_at,
        details=kept,
        net=sums.net,
        tax=sums.tax,
        gross=sums.gross,
        paid=settled,
    )
    payments = _payments(ids[3:], paid, invoice)
    posting = _booked(actor, till, shipment, moved, invoice, billed, payments, paid)
    done = [
        *(line._replace(invoiced=line.base_quantity) for line in ordered),
        *(line._replace(invoiced=line.base_quantity) for line in shipped),
        *bills,
        *(_payment_line(payment, invoice) for payment in payments),
    ]
    return _Sale([order, shipment, invoice, *payments], done, leaving, posting)


def _leaving(company_id: int, till: _Till, ordered: Iterable[Line], scanned: Scanned) -> list[Leaving]:
    """From where each line is taken: of the lots that were read, else what expires first, first."""
    taken: Counter[tuple[int, int, int]] = Counter()
    found = []
    for line in ordered:
        if line.item is None or line.location is None:
            continue
        warehouse = warehouse_of(company_id, line.location)
        there = [
            place._replace(quantity=place.quantity - taken[line.item, place.location, place.lot])
            for place in till.places.get((line.item, warehouse), [])
        ]
        picks = scanned.choose(line.item, there, line.base_quantity)
        if sum(pick.quantity for pick in picks) < line.base_quantity:
            raise short(line.item, line.base_quantity, sum(pick.quantity for pick in picks), "Sell less")
        for pick in picks:
            taken[line.item, pick.location, pick.lot] += pick.quantity
        found.append(Leaving(line, warehouse, line.base_quantity, picks))
    scanned.check_taken()
    if not found:
        raise Refusal("document.no_lines", "Nothing is taken away.", "Name at least one item, or enter an order.")
    return found


def _taking(company_id: int, leaving: Iterable[Leaving], channel: str, recorded_at: int) -> Call:
    """Nothing was promised to the customer before: all of it must be free for the channel."""
    wanted = [
        Wanted("", one.ordered.item or 0, one.warehouse, pick.quantity, pick.lot)
        for one in leaving
        for pick in one.picks
    ]
    return taking(company_id, wanted, [channel] * len(wanted), recorded_at=recorded_at)


# ---------------------------------------------------------------------------------------------------------------------
# How it is paid and booked


def _payments(ids: Iterable[int], paid: Iterable[Paid], invoice: Header) -> list[Header]:
    return [
        invoice._replace(
            id=number,
            kind=_PAYMENT.value,
            state=State.POSTED.value,
            due_on=None,
            details={**(invoice.details or {}), **one.details},
            net=one.amount,
            gross=one.amount,
            tax=0,
            paid=0,
        )
        # where nothing is to be paid, fewer than there are tenders
        for number, one in zip(ids, paid, strict=False)
    ]


def _payment_line(payment: Header, invoice: Header) -> Line:
    return Line(
        *(payment.id, 1, 0, 0),
        description="",
        net=payment.net,
        details={INVOICE: invoice.id, CARRIED: payment.net},
    )


def _booked(
    actor: Actor,
    till: _Till,
    shipment: Header,
    moved: Sequence[LedgerLine],
    invoice: Header,
    billed: Sequence[Billed],
    payments: Sequence[Header],
    paid: Sequence[Paid],
) -> Ready:
    """What all documents of the sale post, each by itself, in their order."""
    books = books_of(actor.company_id)
    at = shipment.created_at
    goods = Booked(at, tuple(moved), _SHIPMENT.value, f"{PREFIX[_SHIPMENT]}/{shipment.id}", actor.name)
    while True:
        version = books.version
        receivable = account_for(books, Role.RECEIVABLE)
        sales = to_book(actor, books, invoice, [one.sold for one in billed], till.billing.accounts)
        money = [
            Booked(
                *(at, (), _PAYMENT.value, f"{PREFIX[_PAYMENT]}/{payment.id}", actor.name),
                tuple(
                    JournalLine(*accounts, amount, epoch_day(payment.day))
                    for accounts, amount in one.journal(receivable).items()
                ),
            )
            for payment, one in zip(payments, paid, strict=True)
        ]
        posting = ready(actor.company_id, goods, sales, *money, known=till.ledger)
        # the accounts were found by rules that another process may have changed before ``ready`` looked
        if books.version == version:
            return posting


def _said(actor: Actor, header: Header, channel: str, more: Mapping[str, object]) -> AuditRow:
    of_order = header.kind == _ORDER
    after = {"state": header.state, "channel": channel, "gross": header.gross, **(more if of_order else {})}
    return audited(actor, header, "create" if of_order else "post", header.created_at, after=after)
