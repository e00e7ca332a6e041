"""Published cases of buying as plain steps, whatever the words of their source; nothing of their data is kept here.

A source tells what was received, sold, billed, returned and charged; ``steps_of`` says the same in one vocabulary, and ``Run`` does it through the
actions. Amounts are in the company's currency; what a bill in another one came to is what its journal says.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from everstock.core.facts import Method
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing.credit_notes import CreditLine
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import cancel_invoice
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    cancel_landed_cost,
    invoice_landed_cost,
    post_landed_cost,
)
from everstock.operations.purchasing.payments import register_payment
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.returns import ReturnLine
from tests.scenarios.trade import Trade, micro

DAY = dt.date(2026, 3, 1)
METHODS = {
    "fifo": Method.FIFO,
    "lifo": Method.LIFO,
    "avco": Method.AVERAGE,
    "moving_average": Method.AVERAGE,
    "weighted_average": Method.AVERAGE,
    "standard": Method.STANDARD,
    "serial": Method.SPECIFIC,
}
"""What the sources call the methods; anything else is FIFO."""
BUYING = frozenset({
    *("purchase_return", "landed_cost", "supplier_invoice", "supplier_discount", "supplier_payment", "supplier_allowance"),
    *("supplier_return", "price_correction", "landed_cost_cancel", "vendor_bill", "vendor_credit_note", "dropship"),
    *("drop_shipment", "dropship_return"),
})  # fmt: skip
"""Kinds that make a case one of buying."""


PAID_AT_ONCE = ("osx-cbs-buy", "osx-cbs-return", "osx-fob", "osx-freight")
"""Textbook cases in which a purchase is billed when it comes, as their journals say."""
STANDARD = {"osx-std-50000lb": "15", "odoo-standard": "10"}
"""Cases about price differences under a standard cost, and the cost."""


class Step(NamedTuple):
    """One thing that happens at ``place`` in the case's list. ``amount``: of the whole, in the company's currency."""

    what: str
    place: int
    item: str = "X"
    quantity: Decimal = Decimal(0)
    amount: Decimal | None = None
    of: tuple[str, ...] = ()
    ref: str = ""
    by: str = "quantity"
    day: int = 0


def is_buying(case: Mapping[str, Any]) -> bool:
    kinds = {movement.get("kind") for movement in case.get("movements", ())}
    return (
        bool(kinds & BUYING)
        or case["id"].startswith(PAID_AT_ONCE)
        or case["id"] in STANDARD
        or "extra_cost_pct" in str(case)
    )


def number(value: Any) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


# --- Odoo: real journals after every step


def roles_after(case: Mapping[str, Any], place: int, item: str | None = None) -> dict[str, Decimal]:
    """Debits less credits that a step made, by role; ``item``: for this one only."""
    found: dict[str, Decimal] = {}
    for row in case["expected"]:
        if row["after_index"] == place:
            for line in row.get("journal", ()):
                if item is not None and line.get("item") != item:
                    continue
                amount = number(line["debit"]) - number(line["credit"])
                found[line["account_role"]] = found.get(line["account_role"], Decimal(0)) + amount
    return found


def net_of_bill(case: Mapping[str, Any], place: int, gross: Decimal) -> Decimal:
    """What a bill came to without tax; ``gross`` where there is no journal."""
    roles = roles_after(case, place)
    if "payable" not in roles:
        return gross
    return -sum((amount for role, amount in roles.items() if role == "payable" or role.startswith("Tax")), Decimal(0))


def odoo_steps(case: Mapping[str, Any]) -> Iterator[Step]:
    for place, one in enumerate(case["movements"]):
        item, quantity = str(one.get("item")), number(one.get("qty"))
        match one["kind"]:
            case "receipt":
                value = roles_after(case, place, one["item"]).get("inventory") or quantity * number(
                    one.get("unit_cost")
                )
                again = (one["returns"],) if "returns" in one else ()
                yield Step("receipt", place, item, quantity, value or Decimal(0), again, one["ref"])
            case "done_qty_edit":
                more = number(one["qty_to"]) - number(one["qty_from"])
                yield Step("more", place, item, more, None, (one["ref"],))
            case "shipment" | "adjustment_out":
                yield Step("sale", place, item, quantity)
            case "supplier_return":
                replaced = any(two.get("returns") == one["ref"] for two in case["movements"])
                of = (one["returns"],) if "returns" in one else ()
                yield Step(
                    "return", place, item, quantity, None, of, one["ref"], "replacement" if replaced else "credit"
                )
            case "vendor_bill" | "vendor_credit_note":
                yield from _odoo_bill(case, place, one)
            case "landed_cost":
                amount = sum((number(line["amount"]) for line in one["cost_lines"]), Decimal(0))
                yield Step("freight", place, amount=amount, of=tuple(one["applies_to"]))
            case "reset_to_draft":
                yield Step("cancel bill", place)


def _odoo_bill(case: Mapping[str, Any], place: int, one: Mapping[str, Any]) -> Iterator[Step]:
    lines = [line for line in one["lines"] if line["qty"]]
    worth = [number(line["qty"]) * number(line["price"]) * (1 - number(line.get("discount")) / 100) for line in lines]
    net = abs(net_of_bill(case, place, sum(worth, Decimal(0))))
    shares = [(net * part / sum(worth)).quantize(Decimal("0.01")) for part in worth]
    credit = one["kind"] == "vendor_credit_note"
    what = ("reverse" if one.get("reverses") else "credit") if credit else "bill"
    for line, share in zip(lines, shares, strict=True):
        yield Step(what, place, line["item"], number(line["qty"]), share, ref=str(line["price"]))


# --- the others


def plain_steps(case: Mapping[str, Any]) -> Iterator[Step]:
    """Of textbooks, ERPNext and Tryton: receipts are called by their place in the list, or by their delivery note or lot."""
    last = ""
    billed = case["id"].startswith(PAID_AT_ONCE)
    for place, one in enumerate(case["movements"]):
        kind, quantity, cost, total = (
            one["kind"],
            number(one.get("qty")),
            number(one.get("unit_cost")),
            number(one.get("amount")),
        )
        item = str(one.get("item") or (one.get("lot") if "rackbeat" in case["id"] else None) or "X")
        if kind in {"purchase", "receipt", "opening"}:
            last = str(place)
            yield Step(
                "receipt", place, item, quantity, quantity * cost + number(one.get("charges_in_value")), ref=last
            )
            if billed:
                yield Step("bill", place, item, quantity, None, (last,))
            if "extra_cost_pct" in one:
                extra = quantity * cost * number(one["extra_cost_pct"]) / 100
                yield Step("freight", place, amount=extra.quantize(Decimal("0.01"), ROUND_HALF_UP), of=(last,))
        elif kind in {"sale", "shipment", "issue"}:
            yield Step("sale", place, item, quantity)
        elif kind in {"purchase_return", "supplier_return"}:
            yield Step("return", place, item, quantity, None, _origin(case, one), str(place))
            if billed:
                yield Step("credit", place, item, quantity, quantity * cost)
        elif kind == "supplier_invoice":
            yield _plain_bill(case, one, place, item, quantity, quantity * cost, last)
        elif kind == "landed_cost":
            yield Step("freight", place, amount=total or cost, of=_origin(case, one), by=_sharing(case))
            if billed:
                yield Step("bill freight", place, amount=total)
        elif kind in {"supplier_discount", "supplier_allowance", "price_correction"}:
            less = re.search(r"-([\d.]+) in all", str(one.get("ref")))
            yield Step("price credit", place, item, amount=number(less[1]) if less else total, of=(last,))
        elif kind in {"landed_cost_cancel", "cancel"}:
            yield Step("cancel freight", place)
        if kind in {"supplier_payment", "supplier_discount"} or case["id"].endswith("buy-cash"):
            yield Step("pay", place)


def _plain_bill(
    case: Mapping[str, Any],
    one: Mapping[str, Any],
    place: int,
    item: str,
    quantity: Decimal,
    worth: Decimal,
    last: str,
) -> Step:
    """A bill of so much at a price, of goods at the prices ordered, or of goods that come later."""
    origin = _origin(case, one)
    if not quantity and not last:
        coming = sum((number(two.get("qty")) for two in case["movements"] if two["kind"] == "receipt"), Decimal(0))
        return Step("bill", place, item, coming, number(one["amount"]))
    if quantity and worth:
        return Step("bill", place, item, quantity, worth, origin or (last,))
    return Step("bill", place, item, quantity, None, origin)


def _sharing(case: Mapping[str, Any]) -> str:
    return "value" if case["id"].endswith("by-value") or case["id"].endswith("landed-value") else "quantity"


def _origin(case: Mapping[str, Any], one: Mapping[str, Any]) -> tuple[str, ...]:
    """The receipts that a movement is about: by place, by delivery note, by lot, or all there are so far."""
    movements = case["movements"]
    came = [place for place, two in enumerate(movements) if two["kind"] in {"purchase", "receipt"}]
    if isinstance(one.get("ref"), int):
        return (str(one["ref"]),)
    lots = [place for place in came if one.get("lot") and movements[place].get("lot") == one["lot"]]
    if one["kind"] in {"purchase_return", "supplier_return"}:
        return tuple(str(place) for place in lots) or _single(came)
    of_item = [place for place in came if "only P" not in str(one.get("ref")) or movements[place].get("item") == "P"]
    return tuple(str(place) for place in of_item) if one["kind"] == "landed_cost" else ()


def _single(came: list[int]) -> tuple[str, ...]:
    return (str(came[0]),) if len(came) == 1 else ()


# --- running


def method_name(step: Step) -> str:
    """What of a run does a step."""
    return "_" + step.what.replace(" ", "_")


class Run:
    """A case on its way. Receipts are called by their references; a receipt may be of several documents."""

    first = DAY
    """When everything was ordered."""

    def __init__(
        self,
        method: str,
        steps: list[Step],
        *,
        negative: bool = False,
        same_day: bool = False,
        standard: str | None = None,
    ) -> None:
        chosen = METHODS.get(method.lower(), Method.FIFO)
        self.trade = self._opened(chosen, negative=negative)
        self.standard = chosen is Method.STANDARD
        self.standard_cost = standard
        self.pace = dt.timedelta(days=0 if same_day else 1)
        self.receipts: dict[str, list[DocumentRef]] = {}
        self.waiting: list[tuple[DocumentRef, str, Decimal]] = []
        self.bills: list[tuple[DocumentRef, str, Decimal, str]] = []
        self.returns: dict[str, DocumentRef] = {}
        self.freights: list[DocumentRef] = []
        self.credits: list[DocumentRef] = []
        self.replaced: set[int] = set()
        self.orders: dict[int, DocumentRef] = {}
        self.day = self.first
        for step in steps:
            if step.what == "receipt" and not step.of:
                self.orders[step.place] = self._order(step.item, step.quantity, step.amount or Decimal(0))
        self.billed_by = self._unit(steps)
        self.bought = {step.item for step in steps if step.what == "receipt"}

    def _opened(self, method: Method, *, negative: bool) -> Trade:
        return Trade(Method.FIFO if method is Method.SPECIFIC else method, negative_stock=negative)

    def _unit(self, steps: list[Step]) -> Decimal:
        """How many pieces one billed unit has: bills may be in a larger unit than receipts."""
        came = sum((step.quantity for step in steps if step.what == "receipt"), Decimal(0))
        billed = sum((step.quantity for step in steps if step.what == "bill"), Decimal(0))
        return Decimal(100) if billed and came == 100 * billed else Decimal(1)

    def _order(self, item: str, quantity: Decimal, amount: Decimal) -> DocumentRef:
        price = amount / quantity
        cost = (self.standard_cost or str(round(price, 6))) if self.standard else None
        line = OrderLine(micro(quantity), item=self.trade.item(item, cost), unit_price=micro(round(price, 6)))
        return self.trade.order(self.first, [line])

    def do(self, step: Step) -> None:
        self.day += self.pace
        getattr(self, method_name(step))(step)

    def _receipt(self, step: Step) -> None:
        if step.of:
            self._replacement(step)
            return
        order = self.orders[step.place]
        receipt = self.trade.receive(self.day, [ReceiptLine(micro(step.quantity), order.id, 1)])
        self.receipts[step.ref] = [receipt]
        self.trade.match(self.day, order)

    def _replacement(self, step: Step) -> None:
        """Goods that went back come again: of the order they came from."""
        back = self.returns[step.of[0]]
        source = self.trade.lines(back)[0].source
        of = next(one for found in self.receipts.values() for one in found if self.trade.lines(one)[0].id == source)
        line = self.trade.lines(of)[0].source
        order = next(order for order in self.orders.values() if self.trade.lines(order)[0].id == line)
        self.receipts[step.ref] = [self.trade.receive(self.day, [ReceiptLine(micro(step.quantity), order.id, 1)])]

    def _more(self, step: Step) -> None:
        [first] = self.receipts[step.of[0]]
        line = self.trade.lines(first)[0]
        order = self.trade.order(
            self.first, [OrderLine(micro(step.quantity), item=line.item, unit_price=line.unit_price)]
        )
        more = self.trade.receive(self.day, [ReceiptLine(micro(step.quantity), order.id, 1)])
        self.receipts[step.of[0]].append(more)

    def _sale(self, step: Step) -> None:
        self.trade.sell(self.day, step.item, str(step.quantity))

    def _return(self, step: Step) -> None:
        if not step.of:
            line = ReturnLine(micro(step.quantity), item=self.trade.item(step.item, "0" if self.standard else None))
            back = self.trade.give_back(self.day, [line], supplier=self.trade.partners["SMITH"])
        else:
            [receipt] = self.receipts[step.of[0]]
            line = ReturnLine(micro(step.quantity), receipt.id, 1)
            replaced = Resolution.REPLACEMENT if step.by == "replacement" else Resolution.CREDIT
            back = self.trade.give_back(self.day, [line], resolution=replaced)
        self.returns[step.ref] = back
        if step.by == "replacement":
            self.replaced.add(back.id)

    def _bill(self, step: Step) -> None:
        if step.item not in self.trade.items and self.bought:
            # a charge on the same paper, which was estimated as a landed cost or will be
            account = self.trade.accounts["2150"]
            line = InvoiceLine(description="Charge", amount=int((step.amount or 0) * 100), account=account)
            self.trade.invoice(self.day, [line])
            return
        if step.amount is None and step.of:
            for receipt in self.receipts[step.of[0]]:
                bill = self.trade.invoice(self.day, receipts=[receipt.id])
                self.bills.append((bill, step.item, Decimal(0), ""))
            return
        quantity = step.quantity * self.billed_by
        lines = self._allocated(step.item, quantity, step.amount, step.of)
        bill = self.trade.invoice(self.day, lines, approve=True)
        self.bills.append((bill, step.item, step.amount or Decimal(0), step.ref))

    def _allocated(
        self, item: str, quantity: Decimal, amount: Decimal | None, of: tuple[str, ...]
    ) -> list[InvoiceLine]:
        """The lines of a bill: of what came first, and what did not come of what is on order; without an ``amount``, at its price."""
        key = self.trade.items.get(item)
        wanted = [one for ref, found in self.receipts.items() for one in found if not of or ref in of]
        open_: list[tuple[int, int]] = []
        for receipt in wanted:
            line = self.trade.lines(receipt)[0]
            if line.item == key:
                open_.append((line.id, line.base_quantity - line.returned - line.invoiced))
        for order in self.orders.values():
            line = self.trade.lines(order)[0]
            if line.item == key and not line.received:
                open_.append((line.id, line.base_quantity - line.invoiced))
        left, cents = micro(quantity), int((amount or 0) * 100)
        if not open_:
            line = self.trade.lines(self._order(item, quantity, amount or Decimal(0)))[0]
            open_.append((line.id, left))
        lines = []
        for source, there in open_:
            taken = min(left, there)
            if taken > 0:
                share = cents if taken == left else cents * taken // left
                lines.append(InvoiceLine(source, taken, amount=None if amount is None else share))
                left, cents = left - taken, cents - share
        assert left == 0, "more is billed than was ordered"
        return lines

    def _reverse(self, step: Step) -> None:
        """A bill is taken back in part: as we do it, it is cancelled, and what stands of it is entered anew."""
        if any(
            self.trade.header(back).state == "posted" for back in self.returns.values() if back.id not in self.replaced
        ):
            self._credit(step)  # what it reverses went back
            return
        bill, item, amount, price = next(one for one in self.bills if one[3] == step.ref and one[1] == step.item)
        given = {"reason": "wrong", "recorded_at": next(self.trade.moments)}
        cancel_invoice(self.trade.boss, invoice=bill.id, day=self.day, **given)  # type: ignore[arg-type]
        self.bills.remove((bill, item, amount, price))
        rest = amount - (step.amount or 0)
        if rest:
            quantity = sum(line.base_quantity for line in self.trade.lines(bill)) - micro(step.quantity)
            self._bill(Step("bill", step.place, item, Decimal(quantity) / 10**6, rest, ref=price))

    def _credit(self, step: Step) -> None:
        back = next(one for one in reversed(self.returns.values()) if self.trade.header(one).state == "posted")
        source = self.trade.lines(back)[0].id
        line = CreditLine(source, micro(step.quantity), int((step.amount or 0) * 100))
        self.credits.append(self.trade.credit(self.day, [line]))

    def _price_credit(self, step: Step) -> None:
        [receipt] = self.receipts[step.of[0]]
        line = CreditLine(self.trade.lines(receipt)[0].id, None, int((step.amount or 0) * 100))
        self.credits.append(self.trade.credit(self.day, [line]))

    def _freight(self, step: Step) -> None:
        lines = [line.id for ref in step.of for one in self.receipts[ref] for line in self.trade.lines(one)]
        charge = Charge(ChargeKind.FREIGHT, int((step.amount or 0) * 100), Sharing(step.by))
        moment = next(self.trade.moments)
        landed = post_landed_cost(self.trade.boss, charges=[charge], lines=lines, day=self.day, recorded_at=moment)
        self.freights.append(landed)

    def _bill_freight(self, step: Step) -> None:
        invoice_landed_cost(
            self.trade.boss,
            landed_cost=self.freights[-1].id,
            supplier=self.trade.partners["CARRIER"],
            reference=f"FREIGHT-{next(self.trade.numbers)}",
            day=self.day,
            charges=[ChargeBill(1, int((step.amount or 0) * 100))],
            recorded_at=next(self.trade.moments),
        )

    def _cancel_freight(self, step: Step) -> None:
        given = {"reason": "wrong", "recorded_at": next(self.trade.moments)}
        cancel_landed_cost(self.trade.boss, landed_cost=self.freights[-1].id, day=self.day, **given)  # type: ignore[arg-type]

    def _cancel_bill(self, step: Step) -> None:
        given = {"reason": "wrong", "recorded_at": next(self.trade.moments)}
        cancel_invoice(self.trade.boss, invoice=self.bills[-1][0].id, day=self.day, **given)  # type: ignore[arg-type]

    def _pay(self, step: Step) -> None:
        lines = [PaymentLine(one.id) for one in (*(bill for bill, *_ in self.bills), *self.credits)]
        moment, supplier = next(self.trade.moments), self.trade.partners["SMITH"]
        register_payment(self.trade.boss, supplier=supplier, lines=lines, day=self.day, recorded_at=moment)

    # --- figures

    def figures(self) -> dict[str, Decimal]:
        """Quantity and value of all stock, and balances: what is owed for goods and charges not billed, to suppliers, and the cost of what went."""
        totals = [self.trade.stock(item) for item in self.trade.items]
        balances = {code: Decimal(amount) / 100 for code, amount in self.trade.balances().items()}
        groups = {"grni": ("2100", "2150"), "payable": ("2000",), "cost": ("5000", "5100"), "bank": ("1010",)}
        found = {
            name: sum((balances.get(code, Decimal(0)) for code in codes), Decimal(0)) for name, codes in groups.items()
        }
        quantity = sum((total[0] for total in totals), Decimal(0))
        return {"quantity": quantity, "value": Decimal(sum(total[1] for total in totals)) / 100, **found}
