"""Stories of buying and selling, told as those of ``story``: what sells, by further events, and questions that are answered in the table.

Lines of what is sold are as those of what is bought; ``4 M lot L1`` and ``4 A at BIN1`` say what leaves and from where. Questions, such as
``margin of A``, ``backorders`` or ``shipped not invoiced on 2026-03-31``, stand before `` -> `` and what they are answered; some are asked ``as
known with B1``: as the books knew it when that document had just been recorded. See ``SELLING`` for all of them.

The places: DOCK is a warehouse with the bins BIN1 and BIN2 and the packing table TABLE. Each day begins at eight.
"""

import datetime as dt
import itertools
from typing import Any

from everstock.core.facts import DAY, Kind, Method
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import rows
from everstock.masterdata import actions
from everstock.masterdata.models import Location
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.drop_shipping.actions import Dispatched, dispatch, drop_place, order_from_suppliers
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.sales import customers, price_lists
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.backlog import backorders
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.invoices import cancel_invoice, invoice_shipments
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.orders import confirm_order, create_order
from everstock.operations.sales.payments import apply_prepayment, cancel_payment, prepay, register_payment
from everstock.operations.sales.pick_lists import create_pick_list
from everstock.operations.sales.picks import confirm_picks, put_back, short_pick
from everstock.operations.sales.price_lists import NewPrice
from everstock.operations.sales.reallocation import OfOrder, reallocate
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship
from everstock.operations.sales.staged_shipments import ship_picked
from everstock.operations.sales.unbilled import shipped_not_invoiced
from everstock.operations.warehouse.count_requests import ShortReason, awaited_counts
from everstock.operations.warehouse.transfers import Move, move
from everstock.reports.margin import margin
from tests.scenarios.story import EVENTS, LINES, NAME, Events, Story, cents, money, pieces, tell
from tests.scenarios.trade import FIRST, micro, start_of


class Sale(Story):
    """A story in which goods are sold, too."""

    def __init__(
        self, method: Method = Method.FIFO, standard: str | None = None, *, negative_stock: bool = False
    ) -> None:
        super().__init__(method, standard, negative_stock=negative_stock)
        self.lists: dict[str, int] = {}
        dock = self.trade.dock
        self.places = {"DOCK": dock}
        for code, purpose in (("BIN1", "bin"), ("BIN2", "bin"), ("TABLE", "packing")):
            place = {"company": self.trade.company, "code": code, "kind": "internal", "purpose": purpose}
            self.places[code] = Location.objects.create(**place, parent_id=dock).pk

    @property
    def events(self) -> Events:
        return SELLING

    def _happens(self, day: dt.date, event: str) -> list[list[str]]:
        now = max(next(self.trade.moments), start_of(day) + DAY // 3)
        self.trade.moments = itertools.count(now, 60_000_000)
        return super()._happens(day, event)

    def _name_of(self, document: int) -> str:
        return next(name for name, one in self.documents.items() if one.id == document)

    def _number_of(self, of: str, item: str) -> int:
        return self.trade.line_of(self.documents[of], item).line

    def _sku(self, item: int | None) -> str:
        return next(sku for sku, key in self.trade.items.items() if key == item)

    def _place(self, location: int | None) -> str:
        return next(code for code, key in self.places.items() if key == location)

    def _customer_of(self, of: str) -> int:
        partner = self.trade.header(self.documents[of]).partner
        assert partner is not None
        return partner

    # --- what is agreed

    def customer_terms(self, _: dt.date, customer: str, text: str) -> None:
        terms: Any = self._given(**self._terms(text))
        customers.set_terms(self.trade.boss, customer=self.trade.partners[customer], **terms)

    def offers(self, _: dt.date, supplier: str, text: str) -> None:
        for said in self._lines(text):
            given = self._given(supplier=self.trade.partners[supplier], item=self.trade.items[said["item"]])
            suppliers.set_supplier_item(self.trade.boss, **given)
            suppliers.set_price(self.trade.boss, unit_price=micro(said["price"]), valid_from=FIRST, **given)

    def price_list(
        self, day: dt.date, code: str, customer: str | None, base: str | None, until: str | None, text: str
    ) -> None:
        """Prices from quantities on, or discounts from quantities on off the prices of the list ``base``."""
        made = price_lists.create_price_list(
            self.trade.boss,
            code=code,
            currency="USD",
            valid_from=day,
            valid_to=None if until is None else dt.date.fromisoformat(until),
            customer=None if customer is None else self.trade.partners[customer],
            base=None if base is None else self.lists[base],
            **self._given(),
        )
        self.lists[code] = made.pk
        prices = [
            NewPrice(
                day,
                self.trade.items[said["item"]],
                from_quantity=micro(said["quantity"]),
                unit_price=micro(said["price"]) if "price" in said else None,
                discount=int(said["discount"]) * SCALE // 100 if "discount" in said else None,
            )
            for said in self._lines(text)
        ]
        price_lists.set_prices(self.trade.boss, price_list=made.pk, prices=prices, **self._given())

    def kit(self, _: dt.date, kit: str, text: str) -> None:
        components = {self.trade.items[said["item"]]: micro(said["quantity"]) for said in self._lines(text)}
        set_kit(self.trade.boss, item=self.trade.item(kit), components=components, **self._given())

    def lots(self, _: dt.date, item: str) -> None:
        self.trade.items |= actions.ensure_items(company=self.trade.company, skus=[item], lot_tracked=[item])

    # --- orders

    def sell_to(self, day: dt.date, customer: str, dropped: str | None, text: str) -> DocumentRef:
        return create_order(
            self.trade.boss,
            customer=self.trade.partners[customer],
            lines=self._ordered(text),
            day=day,
            location=self.trade.dock if dropped is None else drop_place(self.trade.company.pk),
            confirm=True,
            **self._given(),
        )

    def confirm(self, day: dt.date, order: str) -> DocumentRef:
        return confirm_order(self.trade.boss, order=self.documents[order].id, day=day, **self._given())

    def allocate(self, _: dt.date, names: str) -> None:
        allocate(self.trade.boss, orders=[one.id for one in self._of(names)], **self._given())

    def give(self, _: dt.date, text: str, giver: str, taker: str) -> None:
        """A manager gives one order what is kept for another."""
        for said in self._lines(text):
            ends = [OfOrder(self.documents[of].id, self._number_of(of, said["item"])) for of in (giver, taker)]
            given = self._given(quantity=micro(said["quantity"]), reason="more urgent")
            reallocate(self.trade.boss, giver=ends[0], taker=ends[1], **given)

    def change(self, _: dt.date, order: str, text: str) -> DocumentRef:
        changes = [
            LineChange(
                self._number_of(order, said["item"]),
                quantity=micro(said["quantity"]),
                unit_price=micro(said["price"]) if "price" in said else None,
            )
            for said in self._lines(text)
        ]
        of = self.documents[order].id
        self.documents[order] = change_order(self.trade.boss, order=of, changes=changes, **self._given())
        return self.documents[order]

    # --- goods

    def put(self, day: dt.date, text: str, place: str) -> None:
        moves = [
            Move(self.trade.items[said["item"]], micro(said["quantity"]), self.trade.dock, self.places[place])
            for said in self._lines(text)
        ]
        move(self.trade.boss, moves=moves, day=day, **self._given())

    def ship(self, day: dt.date, order: str, text: str | None) -> DocumentRef:
        of = self.documents[order]
        if text is None:
            lines = [
                ShipmentLine(of.id, line.line, line.base_quantity - line.received)
                for line in self.trade.lines(of)
                if part_of(line) is None and line.base_quantity > line.received
            ]
        else:
            lines = [
                ShipmentLine(
                    *(of.id, self._number_of(order, said["item"]), micro(said["quantity"])),
                    location=self.places[said["place"]] if "place" in said else None,
                    lot=self._lot(said),
                )
                for said in self._lines(text)
            ]
        return ship(self.trade.boss, lines=lines, day=day, **self._given())

    def _lot(self, said: dict[str, str]) -> int | None:
        question = "SELECT id FROM lot WHERE item_id = %s AND code = %s"
        found = rows(question, (self.trade.items[said["item"]], said.get("lot")))
        return found[0][0] if found else None

    def pick_list(self, day: dt.date, names: str) -> DocumentRef:
        orders = [one.id for one in self._of(names)]
        return create_pick_list(self.trade.boss, orders=orders, staging=self.places["TABLE"], day=day, **self._given())

    def pick(self, day: dt.date, pick_list: str) -> DocumentRef:
        confirm_picks(self.trade.boss, pick_list=self.documents[pick_list].id, day=day, **self._given())
        return self.look(day, pick_list)

    def short(self, day: dt.date, pick_list: str, text: str) -> str:
        [said] = self._lines(text)
        of = self.documents[pick_list]
        line = next(one for one in self.trade.lines(of) if self._place(one.location) == said["place"])
        given = self._given(line=line.line, reason=ShortReason.MISSING, quantity=micro(said["quantity"]))
        done = short_pick(self.trade.boss, pick_list=of.id, day=day, **given)
        return f"{pieces(done.elsewhere)} elsewhere, {pieces(done.backorder)} on backorder"

    def put_back(self, day: dt.date, pick_list: str) -> DocumentRef:
        put_back(self.trade.boss, pick_list=self.documents[pick_list].id, day=day, **self._given())
        return self.look(day, pick_list)

    def ship_picked(self, day: dt.date, pick_list: str) -> DocumentRef:
        return ship_picked(self.trade.boss, pick_lists=[self.documents[pick_list].id], day=day, **self._given())

    def count(self, day: dt.date, text: str) -> None:
        for said in self._lines(text):
            line = LedgerLine(
                *(Kind.COUNT, self.trade.items[said["item"]], f"COUNT-{next(self.trade.numbers)}"),
                *(micro(said["quantity"]), self.places[said["place"]]),
                effective_at=start_of(day) + DAY - 1,
            )
            post(self.trade.company.pk, Document(next(self.trade.moments), (line,), "tests"))

    def drop(self, day: dt.date, order: str) -> DocumentRef:
        [made] = order_from_suppliers(self.trade.boss, order=self.documents[order].id, day=day, **self._given())
        approve_order(self.trade.boss, order=made.id, **self._given())
        return send_order(self.trade.boss, order=made.id, day=day, **self._given())

    def dropped(self, day: dt.date, receipt: str, order: str, text: str | None) -> DocumentRef:
        lines = [
            Dispatched(self._number_of(order, said["item"]), micro(said["quantity"]))
            for said in ([] if text is None else self._lines(text))
        ]
        sent = dispatch(self.trade.boss, order=self.documents[order].id, lines=lines, day=day, **self._given())
        came = queries.documents(self.trade.company.pk, [DocumentKind.GOODS_RECEIPT], limit=1)[0]
        self.documents[receipt] = DocumentRef(came.id, came.number, came.state)
        return sent

    def take_back(self, day: dt.date, shipment: str, text: str, fee: str | None, replaced: str | None) -> DocumentRef:
        lines = [
            ReturnLine(
                *(micro(said["quantity"]), self.documents[shipment].id, self._number_of(shipment, said["item"])),
                fee_rate=int(fee or 0) * SCALE // 100,
            )
            for said in self._lines(text)
        ]
        resolution = Resolution.CREDIT if replaced is None else Resolution.REPLACEMENT
        given = self._given(resolution=resolution, location=self.trade.dock)
        back = take_back(self.trade.boss, lines=lines, day=day, **given)
        if replaced is not None:
            [order] = [
                one
                for one in queries.chain(self.trade.company.pk, back.id)
                if one.distance == 1 and one.kind == DocumentKind.SALES_ORDER
            ]
            self.documents[replaced] = DocumentRef(order.id, order.number, order.state)
        return back

    # --- money

    def bill(self, day: dt.date, names: str) -> DocumentRef:
        shipments = [one.id for one in self._of(names)]
        return invoice_shipments(self.trade.boss, shipments=shipments, day=day, **self._given())

    def refund(self, day: dt.date, of: str) -> DocumentRef:
        lines = [CreditLine(line.id) for line in self.trade.lines(self.documents[of])]
        return post_credit_note(self.trade.boss, lines=lines, day=day, **self._given())

    def refund_price(self, day: dt.date, of: str, item: str, amount: str) -> DocumentRef:
        line = CreditLine(self.trade.line_of(self.documents[of], item).id, amount=cents(amount))
        return post_credit_note(self.trade.boss, lines=[line], day=day, **self._given())

    def paid(self, day: dt.date, names: str, amount: str | None, discount: str | None) -> DocumentRef:
        lines = [PaymentLine(one.id, None if amount is None else cents(amount)) for one in self._of(names)]
        given = self._given(take_discount=discount is not None, customer=self._customer_of(names.split(maxsplit=1)[0]))
        return register_payment(self.trade.boss, lines=lines, day=day, **given)

    def prepaid(self, day: dt.date, customer: str, amount: str, order: str | None) -> DocumentRef:
        of = None if order is None else self.documents[order].id
        given = self._given(customer=self.trade.partners[customer], order=of)
        return prepay(self.trade.boss, amount=cents(amount), day=day, **given)

    def settle(self, day: dt.date, bill: str, prepayment: str, amount: str | None) -> DocumentRef:
        line = PaymentLine(self.documents[bill].id, None if amount is None else cents(amount))
        of = self.documents[prepayment].id
        return apply_prepayment(self.trade.boss, prepayment=of, lines=[line], day=day, **self._given())

    def take_away(self, day: dt.date, kind: str, of: str) -> DocumentRef:
        document, given = self.documents[of].id, self._given(reason="wrong")
        if kind == "shipment":
            return cancel_shipment(self.trade.boss, shipment=document, **given)
        if kind == "bill":
            return cancel_invoice(self.trade.boss, invoice=document, day=day, **given)
        return cancel_payment(self.trade.boss, payment=document, day=day, **given)

    # --- questions

    def warnings(self, _: dt.date, of: str) -> str:
        return " ".join(one.words for one in self.documents[of].warnings) or "none"

    def net(self, _: dt.date, of: str) -> str:
        return money(self.trade.header(self.documents[of]).net)

    def on_backorder(self, _: dt.date) -> str:
        found = [one.line for one in backorders(self.trade.company)]
        said = (f"{self._name_of(one.document)} {pieces(one.short)} {self._sku(one.item)}" for one in found)
        return ", ".join(said) or "none"

    def counts_wanted(self, _: dt.date) -> str:
        found = awaited_counts(self.trade.company.pk)
        return ", ".join(f"{self._sku(one.item)} at {self._place(one.location)}" for one in found) or "none"

    def taken(self, _: dt.date, of: str) -> str:
        """From where goods of a shipment or a pick list are taken, and which."""
        lots = dict(rows("SELECT id, code FROM lot", ()))
        said = [
            f"{pieces(line.base_quantity)} {self._sku(line.item)}"
            + (f" lot {lots[line.lot]}" if line.lot else f" at {self._place(line.location)}")
            for line in self.trade.lines(self.documents[of])
        ]
        return ", ".join(said)

    def _known(self, with_: str | None) -> int | None:
        return None if with_ is None else self.known[with_]

    def unbilled(self, _: dt.date, through: str, known: str | None) -> str:
        as_of = dt.date.fromisoformat(through)
        found = shipped_not_invoiced(self.trade.company, as_of=as_of, known_at=self._known(known))
        said = (
            f"{self._name_of(one.document)} {pieces(one.open)} {self._sku(one.item)} = {money(one.value)}"
            for one in found
        )
        return ", ".join(said) or "nothing"

    def margin_of(self, _: dt.date, of: str, through: str | None, known: str | None) -> str:
        """Of an item by its code, or of an order by its name."""
        order = self.documents.get(of)
        [row] = [
            one
            for one in margin(
                company=self.trade.company,
                by="item" if order is None else "order",
                to=None if through is None else dt.date.fromisoformat(through),
                known_at=self._known(known),
            )
            if one.key == (of if order is None else order.number)
        ]
        found = row.amounts
        answer = f"{money(found.revenue)} less {money(found.cost)} is {money(row.margin)}"
        if found.not_invoiced:
            answer += f", {money(found.not_invoiced)} not invoiced"
        return answer + (f", {money(found.provisional)} provisional" if found.provisional else "")


NAMES = r"(?P<names>\w+(?: \w+)*?)"
KNOWN = r"(?: as known with (?P<known>\w+))?"
SELLING: Events = {
    rf"terms of customer (?P<customer>\w+): {LINES}": Sale.customer_terms,
    rf"(?P<supplier>\w+) offers {LINES}": Sale.offers,
    rf"price list (?P<code>\w+)(?: for (?P<customer>\w+))?(?: on (?P<base>\w+))?(?: until (?P<until>[\d-]+))?: {LINES}": Sale.price_list,
    rf"kit (?P<kit>\w+): {LINES}": Sale.kit,
    r"(?P<item>\w+) has lots": Sale.lots,
    rf"order {NAME} for (?P<customer>\w+)(?P<dropped>, dropped)?: {LINES}": Sale.sell_to,
    r"confirm (?P<order>\w+)": Sale.confirm,
    rf"allocate {NAMES}": Sale.allocate,
    rf"give {LINES} of (?P<giver>\w+) to (?P<taker>\w+)": Sale.give,
    rf"change (?P<order>\w+): {LINES}": Sale.change,
    rf"put {LINES} into (?P<place>\w+)": Sale.put,
    rf"ship {NAME} of (?P<order>\w+)(?:: {LINES})?": Sale.ship,
    rf"ship {NAME} from (?P<pick_list>\w+)": Sale.ship_picked,
    rf"pick list {NAME} of {NAMES}": Sale.pick_list,
    r"pick (?P<pick_list>\w+)": Sale.pick,
    rf"short on (?P<pick_list>\w+): {LINES}": Sale.short,
    r"put back (?P<pick_list>\w+)": Sale.put_back,
    rf"count {LINES}": Sale.count,
    rf"drop {NAME} of (?P<order>\w+)": Sale.drop,
    rf"dropped {NAME} and (?P<receipt>\w+) of (?P<order>\w+)(?:: {LINES})?": Sale.dropped,
    rf"take back {NAME} of (?P<shipment>\w+): {LINES}(?:, keeping (?P<fee>\d+)%)?(?:, replaced by (?P<replaced>\w+))?": (
        Sale.take_back
    ),
    rf"bill {NAME} of {NAMES}": Sale.bill,
    rf"credit note {NAME} of (?P<of>\w+)": Sale.refund,
    rf"credit note {NAME} of (?P<of>\w+) for the price of (?P<item>\w+): (?P<amount>[\d.]+)": Sale.refund_price,
    rf"prepaid {NAME} by (?P<customer>\w+): (?P<amount>[\d.]+)(?: for (?P<order>\w+))?": Sale.prepaid,
    rf"settle {NAME}: (?P<bill>\w+) by (?P<prepayment>\w+)(?:: (?P<amount>[\d.]+))?": Sale.settle,
    rf"paid {NAME} for {NAMES}(?:: (?P<amount>[\d.]+))?(?P<discount> with discount)?": Sale.paid,
    r"take back (?P<kind>shipment|bill|money) (?P<of>\w+)": Sale.take_away,
    r"warnings of (?P<of>\w+)": Sale.warnings,
    r"net of (?P<of>\w+)": Sale.net,
    r"backorders": Sale.on_backorder,
    r"counts wanted": Sale.counts_wanted,
    r"taken by (?P<of>\w+)": Sale.taken,
    rf"shipped not invoiced on (?P<through>[\d-]+){KNOWN}": Sale.unbilled,
    rf"margin of (?P<of>\w+)(?: through (?P<through>[\d-]+))?{KNOWN}": Sale.margin_of,
    **EVENTS,
}
"""What can happen, that of buying included. ``name``: what the document is called from then on."""


def sell(text: str, method: Method = Method.FIFO, *, negative_stock: bool = False) -> None:
    """Run a story of selling, and find its table as it was written."""
    tell(text, story=Sale(method, negative_stock=negative_stock))
