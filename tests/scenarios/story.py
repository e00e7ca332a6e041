"""Stories of buying as tables that an accountant can read: what happened, the layers of stock after it, and the journal it made.

A story is a table; an event begins where a day stands, and the rows below it are the rest of its journal::

    day        | event                           | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50 |            |        |           |       |
    2026-03-03 | receive R1 of P1                | A 10=25.00 |        | inventory | 25.00 |
               |                                 |            |        | grni      |       |  25.00

``layers``: what is left of each receipt, the oldest first, quantity and value; under average and standard one figure for the
pool; ``(road)`` is in transit. It stands where it changed, and ``none`` where nothing is left. ``booked`` is the day of the books where it is not
the day of the event, and after ``for`` the day the entry belongs to where that is another one: differences belong to the days of the goods.

Lines of events are joined by `` + ``: ``10 A @ 2.50 less 10% tax VAT``, ``4 A rejected 2 final``. An event that ends in `` -> `` and a word
is refused with that code (which has a dot), or leaves its document in that state; a question is answered there. See ``EVENTS`` for all of them. After every event the laws
of the books must hold, and what is received and not invoiced must be explained line by line.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from difflib import unified_diff
from typing import Any

import pytest

from everstock.core.costing.state import load
from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, round_half_up
from everstock.ledger.queries import journal_rows, rows
from everstock.masterdata.actions import lock_periods
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.credit_notes import CreditLine, cancel_credit_note
from everstock.operations.purchasing.grni import clear_grni
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import approve_invoice, cancel_invoice
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    cancel_landed_cost,
    invoice_landed_cost,
    post_landed_cost,
)
from everstock.operations.purchasing.orders import cancel_order, close_order
from everstock.operations.purchasing.payments import cancel_payment, register_payment
from everstock.operations.purchasing.prepayments import apply_prepayment, prepay
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive_dispatched
from everstock.operations.purchasing.returns import ReturnLine
from everstock.operations.purchasing.transit import arrive
from everstock.operations.warehouse import dispatches
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.transfers import Move
from everstock.operations.warehouse.transit import Arrival
from tests.examples import Run
from tests.scenarios.trade import Trade, micro

HEAD = ["day", "event", "layers", "booked", "account", "debit", "credit"]
RIGHT = {"debit", "credit"}
ACCOUNTS = {
    "1010": "bank",
    "1100": "receivable",
    "1200": "inventory",
    "1240": "in transit",
    "1310": "advances",
    "1400": "input VAT",
    "2000": "payable",
    "2050": "customer advances",
    "2100": "grni",
    "2150": "landed cost clearing",
    "2200": "output VAT",
    "4000": "revenue",
    "4100": "sales returns",
    "4200": "discount given",
    "4810": "cash discount",
    "4900": "other income",
    "5000": "cost of sales",
    "5100": "price difference",
    "5300": "shrinkage",
    "6900": "expense",
    "8000": "exchange gain",
    "8100": "exchange loss",
}
LINE = re.compile(
    r"(?P<quantity>[\d.]+) (?P<item>[A-Z]+)(?: @ (?P<price>[\d.]+))?(?: = (?P<amount>[\d.]+))?(?: less (?P<discount>\d+)%)?"
    r"(?: tax (?P<tax>[A-Z]+))?(?: rejected (?P<rejected>[\d.]+))?(?P<final> final)?"
    r"(?: lot (?P<lot>\w+))?(?: until (?P<until>[\d-]+))?(?: at (?P<place>\w+))?"
)
REFUSED = re.compile(r"[a-z_]+\.[a-z_]+")
Act = Callable[..., DocumentRef | str | None]
"""Does what an event says: makes a document, or answers a question."""
Events = dict[str, Act]
"""By the pattern of what is said."""
TERM = re.compile(r"(?P<what>over|under|price|incoterm|days|discount days|discount) (?P<much>\w+)%?")


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def money(amount: int) -> str:
    return f"{Decimal(amount) / 100:,.2f}"


def pieces(quantity: int) -> str:
    return f"{(Decimal(quantity) / SCALE).normalize():f}"


class Story:
    """A company whose history is told event by event."""

    def __init__(
        self, method: Method = Method.FIFO, standard: str | None = None, *, negative_stock: bool = False
    ) -> None:
        self.trade = Trade(method, negative_stock=negative_stock)
        self.method = method
        self.standard = standard
        self.documents: dict[str, DocumentRef] = {}
        self.known: dict[str, int] = {}
        self.layers = ""
        self.position = 0

    # --- reading

    @property
    def events(self) -> Events:
        """What can happen in such a story."""
        return EVENTS

    def _read(self, text: str) -> tuple[dict[str, str | None], Act]:
        """What an event says, and what does it."""
        for pattern, act in self.events.items():
            match = re.fullmatch(pattern, text)
            if match:
                return match.groupdict(), act
        raise AssertionError(f"cannot read the event {text!r}")

    def _lines(self, text: str) -> list[dict[str, str]]:
        found = []
        for part in text.split(" + "):
            match = LINE.fullmatch(part)
            assert match, f"cannot read the line {part!r}"
            said = {name: value for name, value in match.groupdict().items() if value is not None}
            self.trade.item(said["item"], self.standard)
            found.append(said)
        return found

    def _source(self, document: DocumentRef, said: dict[str, str]) -> int:
        return self.trade.line_of(document, said["item"]).id

    def _of(self, names: str) -> list[DocumentRef]:
        return [self.documents[name] for name in names.split()]

    def _given(self, **more: Any) -> dict[str, Any]:
        return {"recorded_at": next(self.trade.moments), **more}

    def _supplier_of(self, document: DocumentRef) -> str:
        partner = self.trade.header(document).partner
        return next(code for code, key in self.trade.partners.items() if key == partner)

    # --- events: each is called with its day and the groups of its pattern

    def terms(self, _: dt.date, supplier: str, text: str) -> None:
        terms = self._terms(text)
        suppliers.set_terms(self.trade.boss, supplier=self.trade.partners[supplier], **self._given(**terms))

    def _terms(self, text: str) -> dict[str, Any]:
        names = {
            "over": "over_tolerance",
            "under": "under_tolerance",
            "price": "price_tolerance",
            "discount": "discount",
        }
        given: dict[str, Any] = {}
        for part in text.split(", "):
            match = TERM.fullmatch(part)
            assert match, f"cannot read the term {part!r}"
            what, much = match["what"], match["much"]
            if what in names:
                given[names[what]] = int(much) * SCALE // 100
            else:
                name = {"days": "payment_days", "discount days": "discount_days"}.get(what)
                given |= {"incoterm": much} if name is None else {name: int(much)}
        return given

    def look(self, _: dt.date, of: str) -> DocumentRef:
        """As it is now."""
        document = self.documents[of]
        return document._replace(state=self.trade.header(document).state)

    def rate(self, day: dt.date, rate: str) -> None:
        self.trade.rate(day, rate)

    def lock(self, _: dt.date, through: str) -> None:
        lock_periods(company=self.trade.company, through=dt.date.fromisoformat(through))

    def _ordered(self, text: str) -> list[OrderLine]:
        return [
            OrderLine(
                micro(said["quantity"]),
                item=self.trade.items[said["item"]],
                unit_price=micro(said["price"]) if "price" in said else None,
                discount=int(said.get("discount", 0)) * SCALE // 100,
                tax_code=self.trade.taxes[said["tax"]] if "tax" in said else None,
            )
            for said in self._lines(text)
        ]

    def order(self, day: dt.date, supplier: str, text: str) -> DocumentRef:
        return self.trade.order(day, self._ordered(text), supplier)

    def end_order(self, _: dt.date, verb: str, order: str) -> DocumentRef:
        act = cancel_order if verb == "cancel" else close_order
        return act(self.trade.boss, order=self.documents[order].id, reason="not wanted", **self._given())

    def receive(self, day: dt.date, verb: str, order: str, text: str | None) -> DocumentRef:
        of = self.documents[order]
        if text is None:
            wanted = [(line.line, {"quantity": pieces(line.base_quantity)}) for line in self.trade.lines(of)]
        else:
            wanted = [(self.trade.line_of(of, said["item"]).line, said) for said in self._lines(text)]
        lines = [
            ReceiptLine(
                micro(said["quantity"]),
                *(of.id, number),
                rejected=micro(said.get("rejected", "0")),
                final=True if "final" in said else None,
                lot=said.get("lot"),
                expires_on=dt.date.fromisoformat(said["until"]) if "until" in said else None,
            )
            for number, said in wanted
        ]
        if verb == "receive":
            return self.trade.receive(day, lines)
        return receive_dispatched(self.trade.boss, lines=lines, day=day, location=self.trade.road, **self._given())

    def receive_blind(self, day: dt.date, supplier: str, text: str) -> DocumentRef:
        lines = [
            ReceiptLine(
                micro(said["quantity"]),
                item=self.trade.items[said["item"]],
                unit_price=micro(said["price"]) if "price" in said else None,
            )
            for said in self._lines(text)
        ]
        return self.trade.receive(day, lines, supplier=self.trade.partners[supplier])

    def _arrivals(self, of: DocumentRef, text: str | None) -> list[Arrival]:
        if text is None:
            return [Arrival(of.id, line.line, line.quantity) for line in self.trade.lines(of)]
        return [
            Arrival(of.id, self.trade.line_of(of, said["item"]).line, micro(said["quantity"]))
            for said in self._lines(text)
        ]

    def arrive(self, day: dt.date, of: str, text: str | None) -> DocumentRef:
        sent = self.documents[of]
        given = self._given(arrivals=self._arrivals(sent, text), day=day)
        if sent.number.startswith("TR"):
            return dispatches.arrive(self.trade.boss, **given)
        return arrive(self.trade.boss, location=self.trade.dock, **given)

    def send(self, day: dt.date, text: str) -> DocumentRef:
        moves = [
            Move(self.trade.items[said["item"]], micro(said["quantity"]), self.trade.dock) for said in self._lines(text)
        ]
        given = self._given(moves=moves, destination=self.trade.west, transit=self.trade.road)
        return dispatches.dispatch(self.trade.boss, day=day, **given)

    def lose(self, day: dt.date, of: str, text: str, account: str | None) -> DocumentRef:
        losses = self._arrivals(self.documents[of], text)
        to = None if account is None else self.trade.accounts[self._code(account)]
        given = self._given(losses=losses, account=to, reason="fell off the lorry")
        return dispatches.lose(self.trade.boss, day=day, **given)

    def _code(self, account: str) -> str:
        return next(code for code, name in ACCOUNTS.items() if name == account)

    def sell(self, day: dt.date, text: str) -> None:
        for said in self._lines(text):
            self.trade.sell(day, said["item"], said["quantity"])

    def invoice(self, day: dt.date, names: str, text: str | None, approved: str | None) -> DocumentRef:
        of = self._of(names)
        supplier = self._supplier_of(of[0])
        if text is None:
            return self.trade.invoice(day, supplier=supplier, receipts=[one.id for one in of])
        lines = [
            InvoiceLine(
                self._source(of[0], said),
                micro(said["quantity"]),
                unit_price=micro(said["price"]) if "price" in said else None,
                amount=cents(said["amount"]) if "amount" in said else None,
            )
            for said in self._lines(text)
        ]
        return self.trade.invoice(day, lines, supplier, approve=approved is not None)

    def approve(self, _: dt.date, invoice: str) -> DocumentRef:
        return approve_invoice(self.trade.boss, invoice=self.documents[invoice].id, **self._given())

    def match(self, day: dt.date, order: str) -> DocumentRef:
        found = self.trade.match(day, self.documents[order])
        assert found is not None, "there was nothing to match"
        return found

    def freight(self, day: dt.date, names: str, amount: str, by: str) -> DocumentRef:
        lines = [line.id for one in self._of(names) for line in self.trade.lines(one)]
        charge = Charge(ChargeKind.FREIGHT, cents(amount), Sharing(by))
        return post_landed_cost(self.trade.boss, charges=[charge], lines=lines, day=day, **self._given())

    def freight_bill(self, day: dt.date, landed: str, amount: str) -> DocumentRef:
        return invoice_landed_cost(
            self.trade.boss,
            landed_cost=self.documents[landed].id,
            supplier=self.trade.partners["CARRIER"],
            reference=f"FREIGHT-{next(self.trade.numbers)}",
            day=day,
            charges=[ChargeBill(1, cents(amount))],
            **self._given(),
        )

    def give_back(self, day: dt.date, receipt: str, text: str, expected: str | None) -> DocumentRef:
        of = self.documents[receipt]
        lines = [
            ReturnLine(micro(said["quantity"]), of.id, self.trade.line_of(of, said["item"]).line)
            for said in self._lines(text)
        ]
        resolution = Resolution.REPLACEMENT if expected else Resolution.CREDIT
        return self.trade.give_back(day, lines, resolution=resolution)

    def give_back_free(self, day: dt.date, supplier: str, text: str) -> DocumentRef:
        lines = [ReturnLine(micro(said["quantity"]), item=self.trade.items[said["item"]]) for said in self._lines(text)]
        return self.trade.give_back(day, lines, supplier=self.trade.partners[supplier])

    def credit_price(self, day: dt.date, of: str, item: str, amount: str) -> DocumentRef:
        source = self.documents[of]
        line = CreditLine(self.trade.line_of(source, item).id, None, cents(amount))
        return self.trade.credit(day, [line], self._supplier_of(source))

    def credit(self, day: dt.date, of: str, text: str) -> DocumentRef:
        source = self.documents[of]
        lines = []
        for said in self._lines(text):
            amount = cents(said["amount"]) if "amount" in said else None
            lines.append(CreditLine(self._source(source, said), micro(said["quantity"]), amount))
        return self.trade.credit(day, lines, self._supplier_of(source))

    def prepay(self, day: dt.date, supplier: str, amount: str) -> DocumentRef:
        to = self.trade.partners[supplier]
        return prepay(self.trade.boss, supplier=to, amount=cents(amount), day=day, **self._given())

    def apply(self, day: dt.date, prepayment: str, names: str, amount: str | None) -> DocumentRef:
        lines = [PaymentLine(one.id, None if amount is None else cents(amount)) for one in self._of(names)]
        of = self.documents[prepayment].id
        return apply_prepayment(self.trade.boss, prepayment=of, lines=lines, day=day, **self._given())

    def pay(self, day: dt.date, names: str, amount: str | None, discount: str | None) -> DocumentRef:
        of = self._of(names)
        lines = [PaymentLine(one.id, None if amount is None else cents(amount)) for one in of]
        supplier = self.trade.header(of[0]).partner
        assert supplier is not None
        more = {"take_discount": discount is not None}
        return register_payment(self.trade.boss, supplier=supplier, lines=lines, day=day, **self._given(**more))

    def clear(self, day: dt.date, names: str, account: str) -> DocumentRef:
        lines = [line.id for one in self._of(names) for line in self.trade.lines(one)]
        number = self.trade.accounts[self._code(account)]
        return clear_grni(self.trade.boss, lines=lines, account=number, reason="never billed", day=day, **self._given())

    def cancel(self, day: dt.date, kind: str, of: str) -> DocumentRef:
        document = self.documents[of].id
        given = self._given(reason="wrong")
        if kind == "receipt":
            return cancel_receipt(self.trade.boss, receipt=document, **given)
        if kind == "transfer":
            return cancel_transfer(self.trade.boss, transfer=document, **given)
        if kind == "invoice":
            return cancel_invoice(self.trade.boss, invoice=document, day=day, **given)
        if kind == "payment":
            return cancel_payment(self.trade.boss, payment=document, day=day, **given)
        if kind == "freight":
            return cancel_landed_cost(self.trade.boss, landed_cost=document, day=day, **given)
        return cancel_credit_note(self.trade.boss, credit_note=document, day=day, **given)

    # --- telling

    def told(self, text: str) -> str:
        """Run the events of a table, and return the table with the layers and the journal that came of them."""
        lines = []
        events = [row for row in read_rows(text)[1:] if row[0]]
        for number, (day, event, *_) in enumerate(events, 1):
            lines += self._happens(dt.date.fromisoformat(day), event)
            if number == len(events) or not Run.hurried:
                self.trade.assert_lawful()
        return table(lines)

    def _happens(self, day: dt.date, event: str) -> list[list[str]]:
        what, _, outcome = event.partition(" -> ")
        said, act = self._read(what)
        name = said.pop("name", None)
        if REFUSED.fullmatch(outcome):
            with pytest.raises(Refusal) as refused:
                act(self, day, **said)
            assert refused.value.code == outcome
        else:
            done = act(self, day, **said)
            if isinstance(done, DocumentRef) and name is not None:
                self.documents[name] = done
                self.known[name] = next(self.trade.moments)
            if outcome:
                assert done is not None
                event = f"{what} -> {done.state if isinstance(done, DocumentRef) else done}"
        layers, journal = self._new_layers(), self._new_journal(day)
        first, *rest = journal or [["", "", "", ""]]
        return [[day.isoformat(), event, layers, *first], *(["", "", "", *row] for row in rest)]

    def _new_layers(self) -> str:
        now = self._layers()
        if now == self.layers:
            return ""
        self.layers = now
        return now or "none"

    def _layers(self) -> str:
        road = self.trade.accounts["1240"]
        names = {key: sku for sku, key in self.trade.items.items()}
        found = []
        for item, inventory, state in rows(
            "SELECT item_id, inventory_id, state FROM pool WHERE company_id = %s AND NOT retired"
            " ORDER BY item_id, inventory_id",
            (self.trade.company.pk,),
        ):
            pool = load(state)
            parts = [(layer.left, round_half_up(layer.value * layer.left, layer.quantity)) for layer in pool.layers]
            if not parts and pool.quantity:
                parts = [(pool.quantity, pool.value)]
            assert sum(value for _, value in parts) == pool.value
            place = " (road)" if inventory == road else ""
            if parts:
                found.append(
                    f"{names[item]}{place} " + " ".join(f"{pieces(left)}={money(worth)}" for left, worth in parts)
                )
        return ", ".join(found)

    def _new_journal(self, day: dt.date) -> list[list[str]]:
        """What was posted since: by day of the books and day it belongs to, debits first, in the order of the chart of accounts."""
        sums: defaultdict[tuple[dt.date, dt.date, int], int] = defaultdict(int)
        last = self.position
        for row in journal_rows(self.trade.company.pk):
            if row.posting <= self.position:
                continue
            last = max(last, row.posting)
            sums[row.posted_on, row.day, row.account] += row.amount
            sums[row.posted_on, row.day, row.contra] -= row.amount
        self.position = last
        codes = {key: code for code, key in self.trade.accounts.items()}
        found = []
        order = self.trade.chart.index
        for (posted, of, account), amount in sorted(
            sums.items(), key=lambda one: (one[0][:2], one[1] < 0, order(one[0][2]))
        ):
            if amount:
                booked = "" if posted == of == day else posted.isoformat()
                booked += f" for {of}" if of != posted else ""
                sides = [money(amount), ""] if amount > 0 else ["", money(-amount)]
                found.append([booked, ACCOUNTS[codes[account]], *sides])
        return found


NAME = r"(?P<name>\w+)"
LINES = r"(?P<text>.+?)"
EVENTS: Events = {
    rf"terms of (?P<supplier>\w+): {LINES}": Story.terms,
    r"a euro is (?P<rate>[\d.]+)": Story.rate,
    r"lock through (?P<through>[\d-]+)": Story.lock,
    rf"order {NAME} from (?P<supplier>\w+): {LINES}": Story.order,
    r"(?P<verb>cancel|close) order (?P<order>\w+)": Story.end_order,
    rf"(?P<verb>receive|dispatch) {NAME} of (?P<order>\w+)(?:: {LINES})?": Story.receive,
    rf"receive {NAME} from (?P<supplier>\w+): {LINES}": Story.receive_blind,
    rf"arrive {NAME} of (?P<of>\w+)(?:: {LINES})?": Story.arrive,
    rf"send {NAME}: {LINES}": Story.send,
    rf"lose {NAME} of (?P<of>\w+): {LINES}(?: to (?P<account>[a-z ]+))?": Story.lose,
    rf"sell {LINES}": Story.sell,
    rf"invoice {NAME} of (?P<names>\w+(?: \w+)*)(?:: {LINES})?(?P<approved>, approved)?": Story.invoice,
    r"approve (?P<invoice>\w+)": Story.approve,
    r"match (?P<order>\w+)": Story.match,
    rf"freight {NAME} on (?P<names>\w+(?: \w+)*): (?P<amount>[\d.]+) by (?P<by>\w+)": Story.freight,
    rf"freight bill {NAME} of (?P<landed>\w+): (?P<amount>[\d.]+)": Story.freight_bill,
    rf"return {NAME} of (?P<receipt>\w+): {LINES}(?P<expected> for replacement)?": Story.give_back,
    rf"return {NAME} to (?P<supplier>\w+): {LINES}": Story.give_back_free,
    rf"credit {NAME} of (?P<of>\w+) for the price of (?P<item>\w+): (?P<amount>[\d.]+)": Story.credit_price,
    rf"credit {NAME} of (?P<of>\w+): {LINES}": Story.credit,
    r"look at (?P<of>\w+)": Story.look,
    rf"prepay {NAME} to (?P<supplier>\w+): (?P<amount>[\d.]+)": Story.prepay,
    rf"apply {NAME} of (?P<prepayment>\w+) to (?P<names>\w+(?: \w+)*)(?:: (?P<amount>[\d.]+))?": Story.apply,
    rf"pay {NAME} for (?P<names>\w+(?: \w+)*?)(?:: (?P<amount>[\d.]+))?(?P<discount> with discount)?": Story.pay,
    rf"clear {NAME} of (?P<names>\w+(?: \w+)*) to (?P<account>[\w ]+)": Story.clear,
    r"cancel (?P<kind>receipt|invoice|credit|freight|payment|transfer) (?P<of>\w+)": Story.cancel,
}
"""What can happen. ``name``: what the document is called from then on."""


def read_rows(text: str) -> list[list[str]]:
    """The cells of a table."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def table(lines: list[list[str]]) -> str:
    """An aligned table."""
    widths = [max(len(line[column]) for line in [HEAD, *lines]) for column in range(len(HEAD))]
    return "\n".join(
        " | ".join(
            cell.rjust(width) if name in RIGHT else cell.ljust(width)
            for name, cell, width in zip(HEAD, line, widths, strict=True)
        ).rstrip(" |")
        for line in [HEAD, *lines]
    )


def tell(text: str, method: Method = Method.FIFO, standard: str | None = None, story: Story | None = None) -> Story:
    """Run a story, and find its table as it was written; ``story``: one of its own kind, of a company of its own."""
    written = read_rows(text)
    assert written[0] == HEAD
    padded = [row + [""] * (len(HEAD) - len(row)) for row in written[1:]]
    story = story or Story(method, standard)
    told, expected = story.told(text), table(padded)
    assert told == expected, "\n" + "\n".join(unified_diff(expected.splitlines(), told.splitlines(), lineterm=""))
    return story
