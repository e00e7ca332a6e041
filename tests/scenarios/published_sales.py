"""Published cases of selling as plain steps, in the vocabulary of ``published``; nothing of their data is kept here.

What a case buys is told there; here is what it sells, takes back, bills and credits, and what else changes its stock. A case that has moments
happens at them, others day by day.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from everstock.core.facts import Method
from tests.scenarios.published import METHODS, Step, number, odoo_steps, plain_steps, roles_after

SELLING = frozenset({
    *("sale", "shipment", "sale_return", "customer_return", "customer_invoice", "customer_credit_note"),
    *("customer_allowance", "customer_discount", "dropship", "dropship_return", "drop_shipment"),
    *("shipment_cost", "shipment_cost_cancel"),
})  # fmt: skip
"""Kinds that make a case one of selling."""
_BY_LOT = ("serial", "per-lot", "specific", "fifo + per-lot")


def is_selling(case: Mapping[str, Any]) -> bool:
    return any(movement.get("kind") in SELLING for movement in case.get("movements", ()))


def method_of(case: Mapping[str, Any]) -> Method:
    """How a case is costed; of one that changes its method, how it begins."""
    said = case["method"].lower()
    if said.startswith(_BY_LOT):
        return Method.SPECIFIC
    if said == "mixed":
        before = itertools.takewhile(lambda one: one["kind"] not in {"receipt", "shipment"}, case["movements"])
        changes = [one.get("to", {}).get("property_cost_method") for one in before]
        said = next((change for change in changes if change), "fifo")
    words = said.replace(",", "").split()
    if words[:1] == ["average"] or words[:2] == ["moving", "average"]:
        return Method.AVERAGE
    return METHODS.get(words[0], Method.STANDARD if said.startswith("fixed") else Method.FIFO)


def has_lots(case: Mapping[str, Any]) -> bool:
    """Whether goods are told apart by lot. In textbooks lots are only names, unless costs go by them."""
    return method_of(case) is Method.SPECIFIC or (
        "issue_costs" not in case["expected"] and any(one.get("lot") for one in case["movements"] if "location" in one)
    )


def moments(case: Mapping[str, Any]) -> dict[int, dt.datetime]:
    """The moment of each movement, of a case whose days matter; a date alone is its midnight."""
    said = [one.get("date") for one in case["movements"]]
    if case["id"].startswith("odoo17") or None in said or len(set(said)) == 1 < len(said):
        return {}
    return {place: dt.datetime.fromisoformat(day if len(day) > 5 else f"2026-{day}") for place, day in enumerate(said)}


def selling_steps(source: str, case: Mapping[str, Any]) -> list[Step]:
    """The whole case: what ``published`` tells of it, but where this module knows better."""
    own = list(_odoo(case) if source == "odoo" else _plain(case))
    told = {step.place for step in own}
    bought = odoo_steps(case) if source == "odoo" else plain_steps(case)
    return sorted([*own, *(step for step in bought if step.place not in told)], key=lambda step: step.place)


# --- Odoo


def _odoo(case: Mapping[str, Any]) -> Iterator[Step]:
    movements = case["movements"]
    price, pieces = odoo_price(case)
    for item, figures in case["expected"][0].get("items", {}).items():
        yield Step("card cost", 0, item, amount=number(figures["unit_cost"]))
    for place, one in enumerate(movements):
        item, quantity, ref = str(one.get("item")), number(one.get("qty")), str(one.get("ref"))
        of = (one["returns"],) if "returns" in one else ()
        match one["kind"]:
            case "receipt" if not of:
                yield Step("receipt", place, item, quantity, quantity * number(one["unit_cost"]), (), ref)
            case "shipment":
                yield Step("sale", place, item, quantity, quantity * price, of, ref)
            case "done_qty_edit" | "done_line_added":
                more = quantity or number(one["qty_to"]) - number(one["qty_from"])
                yield _odoo_edit(movements, place, one, more)
            case "adjustment_in":
                yield Step("receipt", place, item, quantity, quantity * number(one["unit_cost"]), (), ref)
            case "customer_return":
                again = any(two["kind"] == "shipment" and two.get("returns") == one["ref"] for two in movements)
                yield Step("take back", place, item, quantity, None, of, ref, "replacement" if again else "credit")
            case "customer_invoice":
                billed = sum((number(line["qty"]) for line in one["lines"]), Decimal(0))
                yield Step("invoice", place, quantity=billed * pieces)
            case "customer_credit_note":
                yield Step("credit sale", place)
            case "dropship":
                yield Step("drop ship", place, item, quantity, quantity * number(one["unit_cost"]), (), ref)
            case "dropship_return":
                yield Step("drop return", place, item, quantity, None, of, ref)
            case "cost_change":
                yield Step("card cost", place, item, amount=number(one["unit_cost"]))


def _odoo_edit(movements: list[dict[str, Any]], place: int, one: Mapping[str, Any], more: Decimal) -> Step:
    """More or less of what was done before: it is done besides, or goes back."""
    edited = next(two for two in movements if two.get("ref") == one["ref"] and two["kind"] in {"receipt", "shipment"})
    item, of = str(edited["item"]), (one["ref"],)
    if edited["kind"] == "receipt":
        return Step("more" if more > 0 else "less", place, item, abs(more), None, of)
    if more > 0:
        return Step("sale", place, item, more)
    return Step("take back", place, item, -more, None, of, f"less {place}", "credit")


def odoo_price(case: Mapping[str, Any]) -> tuple[Decimal, int]:
    """What a piece is billed at, in the company's currency and without tax, and how many pieces one billed unit has: it may be a dozen."""
    movements = case["movements"]
    income = invoiced = shipped = Decimal(0)
    for place, one in enumerate(movements):
        if one["kind"] == "customer_invoice":
            income -= roles_after(case, place).get("income", Decimal(0))
            invoiced += sum((number(line["qty"]) for line in one["lines"]), Decimal(0))
        if one["kind"] == "shipment" and "returns" not in one:
            shipped += number(one["qty"])
    pieces = 12 if shipped == 12 * invoiced else 1
    return income / max(invoiced * pieces, shipped) if income else Decimal(1), pieces


# --- the others


def _plain(case: Mapping[str, Any]) -> Iterator[Step]:
    movements = case["movements"]
    if any(one["kind"] == "customer_discount" for one in movements):
        [percent] = re.findall(r"(\d+)% discount", case["note"])
        yield Step("promise", 0, amount=Decimal(percent))
    for place, one in enumerate(movements):
        kind, quantity, item = one["kind"], number(one.get("qty")), str(one.get("item") or "X")
        cost, ref = number(one.get("unit_cost")), one.get("ref")
        of = (str(ref),) if isinstance(ref, int) else ()
        match kind:
            case "sale" | "shipment":
                yield from _sold(case, place, one, item)
            case "sale_return" | "customer_return":
                sold = [two for two in range(place) if movements[two]["kind"] in {"sale", "shipment"}]
                back = "BACK" if "cost_amount" in one else item
                yield Step("take back", place, back, quantity or Decimal(1), None, of or (str(sold[-1]),), str(place))
                if kind == "sale_return":
                    yield Step("credit sale", place)
            case "customer_allowance":
                yield Step("allowance", place, amount=number(one["amount"]))
            case "customer_discount":
                yield Step("collect", place, amount=number(one["amount"]))
            case "customer_invoice":
                yield Step("invoice", place, quantity=quantity)
            case "drop_shipment":
                yield Step("drop ship", place, item, quantity, quantity * cost, (), str(place))
            case "shipment_cost":
                named = str(ref).removeprefix("shipments ").removeprefix("shipment ").split(" and ")
                yield Step("freight out", place, amount=cost, of=tuple(named))
            case "shipment_cost_cancel":
                yield Step("no freight out", place)
            case _:
                yield from _otherwise(case, place, one, item)


def _sold(case: Mapping[str, Any], place: int, one: Mapping[str, Any], item: str) -> Iterator[Step]:
    """A sale, after what it takes that nobody bought. One of amounts alone is of two things: what stays there, and what comes back."""
    if "cost_amount" in one:
        back = next(two for two in case["movements"] if two["kind"] == "sale_return")
        kept = [number(one[key]) - number(back[key]) for key in ("cost_amount", "amount")]
        given = [number(back[key]) for key in ("cost_amount", "amount")]
        for name, (cost, price) in (("KEPT", kept), ("BACK", given)):
            yield Step("opening", place, name, Decimal(1), cost)
            yield Step("sale", place, name, Decimal(1), price, (), str(place), "billed")
        return
    quantity = number(one["qty"])
    if one.get("doc"):
        last = max(two for two, other in enumerate(case["movements"]) if other.get("doc") == one["doc"])
        yield Step("kit" if place == last else "part", place, item, quantity, ref=str(place))
        return
    if one.get("unit_cost") and "sale" in one["kind"]:
        yield Step("opening", place, item, quantity, quantity * number(one["unit_cost"]))
    if one.get("fallback_cost"):
        yield Step("card cost", place, item, amount=number(one["fallback_cost"]))
    total = number(one.get("invoice_total")) or quantity * number(one.get("unit_price"))
    repeated = quantity * int(one.get("repeat", 1))
    yield Step("sale", place, item, repeated, total or None, (), str(place), "billed" if total else "")


def _otherwise(case: Mapping[str, Any], place: int, one: Mapping[str, Any], item: str) -> Iterator[Step]:
    """What changes stock and is neither bought nor sold."""
    quantity, cost = number(one.get("qty")), one.get("unit_cost")
    amount = None if cost is None else quantity * number(cost)
    match one["kind"]:
        case "cancel":
            ref = str(one["ref"])
            yield Step("cancel", place, of=(str(int(ref.removeprefix("seq ")) - 1) if ref.startswith("seq ") else ref,))
        case "count" if place == 0 and quantity:
            yield Step("opening", place, item, quantity, amount)
        case "count" if one.get("qty") is None:
            yield Step("value", place, item, amount=number(cost))
        case "count":
            yield Step("count", place, item, quantity)
            if cost is not None and quantity:
                yield Step("value", place, item, amount=number(cost))
        case "cost_change":
            yield Step("card cost", place, item, amount=number(cost))
        case "adjustment" | "adjust_in":
            yield Step("adjust in" if quantity > 0 else "adjust out", place, item, abs(quantity), amount)
        case "transfer":
            yield Step("transfer", place, item, quantity)
