"""Who may do what: every action of the operations with the permission it takes, tried as every role. An action that is not in the table fails."""

import datetime as dt
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from everstock import operations
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.permissions import LIMITED, ROLE_PERMISSIONS, Permission, Role
from everstock.operations.sales.external import External, Wish
from everstock.operations.sales.inspections import Outcome
from everstock.operations.warehouse.transfers import Move, move
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import everything

P = Permission
pytestmark = pytest.mark.django_db
Action = Callable[..., Any]
Given = dict[str, Any] | Callable[["Ground"], dict[str, Any]]


class Row(NamedTuple):
    """One way to call an action: ``needs`` all of these permissions, and one of ``either``; ``given``: what is not made up for it."""

    action: str
    needs: tuple[Permission, ...]
    given: Given = {}
    either: tuple[Permission, ...] = ()


def rows(permission: Permission, module: str, *names: str) -> list[Row]:
    return [Row(f"{module}.{name}", (permission,)) for name in names]


def of_transfer(ground: "Ground") -> dict[str, Any]:
    return {"transfer": ground.moved.id}


def brought(_: "Ground") -> dict[str, Any]:
    return {"channel": "shop", "orders": [External(Wish.CREATE, "W-1", [OrderLine(SCALE, item=10**8)])]}


TABLE: list[Row] = [
    Row("documents.actions.add_note", (P.PURCHASE_READ,), lambda g: {"document": g.bought.id}),
    Row("documents.actions.add_note", (P.SALE_READ,), lambda g: {"document": g.sold.id}),
    Row("documents.actions.attach", (P.PURCHASE_READ,), lambda g: {"document": g.moved.id}),
    Row("documents.actions.attach", (P.SALE_READ,), lambda g: {"document": g.sold.id}),
    *rows(P.ACCOUNT_CHANGE, "documents.actions", "set_tax_code"),
    Row("drop_shipping.actions.order_from_suppliers", (P.PURCHASE_ORDER_CREATE,)),
    Row("drop_shipping.actions.dispatch", (P.SHIPMENT_POST, P.RECEIPT_POST)),
    Row("drop_shipping.actions.cancel_dispatch", (P.SHIPMENT_POST, P.RECEIPT_POST)),
    *rows(P.USER_MANAGE, "identity.actions", "create_user", "change_user", "set_roles", "set_approval_limit"),
    *rows(P.USER_MANAGE, "identity.actions", "remove_approval_limit", "deactivate_user", "activate_user"),
    *rows(P.USER_MANAGE, "identity.queries", "approval_limits"),
    *rows(P.AUDIT_READ, "identity.queries", "audit_trail"),
    # --- buying
    Row("purchasing.ahead.match_ahead", (), either=(P.SUPPLIER_INVOICE_POST, P.RECEIPT_POST)),
    *rows(P.PURCHASE_ORDER_CREATE, "purchasing.call_offs", "call_off"),
    *rows(P.PURCHASE_ORDER_CHANGE, "purchasing.changes", "change_order"),
    *rows(P.SUPPLIER_INVOICE_POST, "purchasing.credit_notes", "post_credit_note", "cancel_credit_note"),
    *rows(P.GRNI_CLEAR, "purchasing.grni", "clear_grni", "cancel_clearing"),
    *rows(P.SUPPLIER_INVOICE_POST, "purchasing.invoices", "post_invoice", "cancel_invoice"),
    *rows(P.SUPPLIER_INVOICE_APPROVE_MISMATCH, "purchasing.invoices", "approve_invoice"),
    *rows(P.LANDED_COST_POST, "purchasing.landed_costs", "post_landed_cost", "cancel_landed_cost"),
    *rows(P.SUPPLIER_INVOICE_POST, "purchasing.landed_costs", "invoice_landed_cost"),
    *rows(P.PURCHASE_ORDER_CREATE, "purchasing.orders", "create_order", "create_blanket_order"),
    Row(
        "purchasing.orders.create_order",
        (P.PURCHASE_ORDER_CREATE, P.PURCHASE_ORDER_APPROVE, P.PURCHASE_ORDER_SEND),
        {"send": True},
    ),
    *rows(P.PURCHASE_ORDER_APPROVE, "purchasing.orders", "approve_order"),
    *rows(P.PURCHASE_ORDER_SEND, "purchasing.orders", "send_order"),
    *rows(P.PURCHASE_ORDER_CANCEL, "purchasing.orders", "cancel_order"),
    *rows(P.PURCHASE_ORDER_CLOSE, "purchasing.orders", "close_order"),
    *rows(P.PAYMENT_REGISTER, "purchasing.payments", "register_payment", "cancel_payment"),
    *rows(P.PAYMENT_REGISTER, "purchasing.prepayments", "prepay", "apply_prepayment"),
    *rows(P.RECEIPT_POST, "purchasing.receipts", "receive", "receive_dispatched", "receive_drop_shipped", "cancel_receipt"),
    *rows(P.SUPPLIER_RETURN_POST, "purchasing.returns", "return_goods", "cancel_return"),
    *rows(P.SUPPLIER_CHANGE, "purchasing.suppliers", "set_terms", "add_holidays", "remove_holidays"),
    *rows(P.SUPPLIER_CHANGE, "purchasing.suppliers", "set_supplier_item", "set_price"),
    *rows(P.RECEIPT_POST, "purchasing.transit", "arrive", "cancel_arrival"),
    # --- customers, prices, channels
    *rows(P.CUSTOMER_CHANGE, "sales.carriers", "set_carrier"),
    *rows(P.CHANNEL_CHANGE, "sales.channels", "set_channel", "set_buffer", "set_means", "set_safety_stock"),
    *rows(P.CUSTOMER_CHANGE, "sales.customers", "set_terms", "hold", "set_address", "remove_address"),
    Row(
        "sales.customers.set_terms",
        (P.CUSTOMER_CHANGE, P.CREDIT_OVERRIDE),
        lambda g: {"customer": g.partners["PARIS"], "credit_limit": 2},
    ),
    Row("sales.customers.release", (P.CUSTOMER_CHANGE,)),
    Row("sales.customers.release", (P.CUSTOMER_CHANGE, P.CREDIT_OVERRIDE), lambda g: {"customer": g.partners["PARIS"]}),
    *rows(P.ITEM_CHANGE, "sales.kit_bills", "set_kit"),
    *rows(P.ITEM_READ, "sales.kit_bills", "list_kits"),
    *rows(P.ITEM_CHANGE, "sales.substitutes", "set_substitute", "remove_substitute"),
    *rows(P.SALES_ORDER_CHANGE, "sales.substitutes", "substitute_line"),
    *rows(P.PRICE_CHANGE, "sales.price_lists", "create_price_list", "change_price_list", "set_prices"),
    *rows(P.SETTINGS_CHANGE, "warehouse.working_days", "set_working_days"),
    *rows(P.SETTINGS_CHANGE, "sales.packing", "set_sscc_prefix"),
    *rows(P.SETTINGS_CHANGE, "sales.dunning", "set_levels"),
    # --- quotes and orders
    *rows(P.QUOTE_CREATE, "sales.quotes", "create_quote", "send_quote", "lose_quote", "cancel_quote"),
    *rows(P.QUOTE_CREATE, "sales.changes", "change_quote"),
    *rows(P.SALES_ORDER_CREATE, "sales.quotes", "accept_quote"),
    Row("sales.quotes.accept_quote", (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM), {"confirm": True}),
    *rows(P.SALES_ORDER_CREATE, "sales.orders", "create_order"),
    Row("sales.orders.create_order", (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM), {"confirm": True}),
    Row("sales.external.take_in", (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM), brought),
    *rows(P.SALES_ORDER_CHANGE, "sales.changes", "change_order"),
    *rows(P.SALES_ORDER_CONFIRM, "sales.orders", "confirm_order"),
    *rows(P.SALES_ORDER_CANCEL, "sales.orders", "cancel_order"),
    *rows(P.SALES_ORDER_CLOSE, "sales.orders", "close_order"),
    *rows(P.SALES_ORDER_CONFIRM, "sales.allocation", "allocate"),
    *rows(P.SALES_ORDER_CONFIRM, "sales.promises", "promise_order"),
    *rows(P.STOCK_REALLOCATE, "sales.reallocation", "reallocate"),
    *rows(P.SALE_READ, "sales.reallocation", "holders_of"),
    *rows(P.STOCK_HOLD, "sales.holds", "hold_cart", "extend_cart", "release_cart", "hold_quote"),
    *rows(P.TILL_SELL, "sales.till", "sell"),
    *rows(P.TILL_RETURN, "sales.till_returns", "return_goods", "open_lines", "lots_of"),
    Row("sales.till_exchanges.exchange_goods", (P.TILL_SELL, P.TILL_RETURN)),
    *rows(P.TILL_SELL, "sales.till_days", "change_of", "difference_of"),
    *rows(P.SALE_READ, "sales.till_days", "till_day", "till_report"),
    # --- picking, packing, shipping, returns
    *rows(P.SHIPMENT_POST, "sales.carriers", "plan_delivery", "deliver"),
    *rows(P.SHIPMENT_POST, "sales.packing", "pack", "pack_shipment", "unpack"),
    *rows(P.SHIPMENT_POST, "sales.pick_lists", "create_pick_list"),
    *rows(P.SHIPMENT_POST, "sales.waves", "create_wave"),
    *rows(P.SHIPMENT_POST, "sales.picks", "confirm_picks", "short_pick", "cancel_pick_list", "put_back"),
    *rows(P.SHIPMENT_POST, "sales.shipments", "ship", "cancel_shipment"),
    *rows(P.SHIPMENT_POST, "sales.staged_shipments", "ship_picked"),
    *rows(P.SALES_RETURN_APPROVE, "sales.returns", "approve_return"),
    *rows(P.SALES_RETURN_POST, "sales.returns", "take_back", "receive_return"),
    Row("sales.returns.cancel_return", (), either=(P.SALES_RETURN_APPROVE, P.SALES_RETURN_POST)),
    *(Row("sales.inspections.inspect_return", (P.QUALITY_RELEASE,), {"outcome": one}) for one in Outcome),
    # --- money
    *rows(P.CUSTOMER_INVOICE_POST, "sales.invoices", "invoice_shipments", "invoice_order", "invoice_period"),
    *rows(P.CUSTOMER_INVOICE_POST, "sales.invoices", "cancel_invoice"),
    *rows(P.CUSTOMER_INVOICE_POST, "sales.credit_notes", "post_credit_note", "cancel_credit_note"),
    Row("sales.credit_notes.post_credit_note", (P.CUSTOMER_INVOICE_POST, P.PAYMENT_REGISTER), {"settle": True}),
    *rows(P.PAYMENT_REGISTER, "sales.payments", "register_payment", "cancel_payment", "prepay", "apply_prepayment"),
    *rows(P.RECEIVABLE_WRITE_OFF, "sales.payments", "write_off"),
    *rows(P.DUNNING_REGISTER, "sales.dunning", "register_reminders", "open_dispute", "settle_dispute"),
    *rows(P.SELLING_COST_POST, "sales.selling_costs", "attribute_cost", "withdraw_cost"),
    # --- the warehouse
    Row("warehouse.cancellations.cancel_transfer", (P.TRANSFER_POST,), of_transfer),
    *rows(P.COUNT_ENTER, "warehouse.count_requests", "dismiss_count"),
    *rows(P.TRANSFER_POST, "warehouse.dispatches", "dispatch", "arrive"),
    *rows(P.ADJUSTMENT_POST, "warehouse.dispatches", "lose"),
    *rows(P.LOCATION_CHANGE, "warehouse.putaway", "set_rules", "set_bin"),
    *rows(P.TRANSFER_POST, "warehouse.transfers", "move", "hold"),
    *rows(P.QUALITY_RELEASE, "warehouse.transfers", "release", "reject", "repair"),
]  # fmt: skip
PARTS = {
    "identity.audit.event": "makes a row of the audit trail",
    "purchasing.ahead.match_lines": "goes along with a receipt or an invoice",
    "sales.payments.apply_prepayments_of": "does nothing for who may not register payments",
    "warehouse.count_requests.ask_for_count": "goes along with picking",
}
"""What looks like an action, but is a part of others; and which."""


def actions() -> dict[str, Action]:
    """All that somebody can ask for: public functions of an actor, with everything else by name."""
    found: dict[str, Action] = {}
    for module in pkgutil.walk_packages(operations.__path__, f"{operations.__name__}."):
        if ".migrations" in module.name:
            continue
        for name, function in vars(importlib.import_module(module.name)).items():
            if not inspect.isfunction(function) or function.__module__ != module.name or name.startswith("_"):
                continue
            parameters = [*inspect.signature(inspect.unwrap(function)).parameters.values()]
            named = all(one.kind in {one.KEYWORD_ONLY, one.VAR_KEYWORD} for one in parameters[1:])
            if parameters and parameters[0].annotation in {Actor, "Actor"} and named:
                found[f"{module.name.removeprefix(operations.__name__)[1:]}.{name}"] = function
    return found


ACTIONS = actions()


class Ground(Selling):
    """A document of buying, of selling and of the warehouse; PARIS is on hold and has a credit limit."""

    def __init__(self) -> None:
        # this file may be loaded before Django is configured
        from everstock.operations.sales import customers
        from everstock.operations.sales.orders import create_order

        super().__init__()
        self.stock(5, self.dock)
        self.channel("shop")
        self.bought: DocumentRef = self.order()
        self.sold: DocumentRef = create_order(
            self.boss,
            customer=self.partners["JONES"],
            lines=[self.line(1, "3")],
            day=MONDAY,
            location=self.dock,
            recorded_at=NOW,
        )
        bolts = [Move(self.items["BOLT"], SCALE, self.dock, self.shed)]
        self.moved: DocumentRef = move(self.boss, moves=bolts, day=MONDAY, recorded_at=NOW)
        customers.set_terms(self.boss, customer=self.partners["PARIS"], credit_limit=1, recorded_at=NOW)
        customers.hold(self.boss, customer=self.partners["PARIS"], reason="x", recorded_at=NOW)


@pytest.fixture(scope="module")
def ground(module_db: None) -> Ground:
    return Ground()


def made_up(action: Action) -> dict[str, Any]:
    """Something for whatever the action must be given, about things that do not exist."""
    plain = inspect.unwrap(action)
    hints = typing.get_type_hints(plain)
    _, *others = inspect.signature(plain).parameters.values()
    wanted = [one for one in others if one.default is one.empty and one.kind is one.KEYWORD_ONLY]
    return {one.name: NOW if one.name == "recorded_at" else _some(hints[one.name]) for one in wanted}


def _some(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in {Sequence, Collection, Iterable}:
        return []
    if origin is Mapping:
        return {}
    if origin in {types.UnionType, typing.Union}:
        return None if type(None) in typing.get_args(hint) else _some(typing.get_args(hint)[0])
    simple = {int: 10**8, str: "x", bool: False, bytes: b"x", dt.date: MONDAY}
    if hint in simple:
        return simple[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    assert issubclass(hint, tuple), hint
    return hint(*(_some(one) for one in typing.get_type_hints(hint).values()))


def ask(ground: Ground, row: Row, permissions: Collection[Permission]) -> str | None:
    """Call the action as somebody with these permissions, and take it back: why it was refused, if it was."""
    limits = dict.fromkeys(LIMITED & set(permissions))
    actor = Actor(7, "Ann", ground.company.pk, frozenset(permissions), limits, "tests", "USD", 2)
    action = ACTIONS[row.action]
    given = row.given(ground) if callable(row.given) else row.given
    with transaction.atomic():
        try:
            answer = action(actor, **{**made_up(action), **given})
            told = list(answer) if inspect.isgenerator(answer) else []
            found = next((one.refused.code for one in told if one.refused is not None), None)
        except Refusal as refusal:
            found = refusal.code
        if found != "permission.missing":
            transaction.set_rollback(True)
    return found


def test_every_action_is_in_the_table() -> None:
    assert {row.action for row in TABLE} == set(ACTIONS) - set(PARTS)
    assert set(PARTS) <= set(ACTIONS)


@pytest.mark.parametrize("row", TABLE, ids=[f"{number}-{row.action}" for number, row in enumerate(TABLE)])
def test_who_may_and_who_may_not(ground: Ground, row: Row) -> None:
    before = everything()
    needed = set(row.needs)
    for missing in needed:
        assert ask(ground, row, set(Permission) - {missing}) == "permission.missing", missing
    if row.either:
        assert ask(ground, row, set(Permission) - set(row.either)) == "permission.missing"
    for role in Role:
        has = ROLE_PERMISSIONS[role]
        may = needed <= has and (not row.either or bool(has & set(row.either)))
        assert (ask(ground, row, has) != "permission.missing") == may, role
    for one in row.either or (None,):
        exactly = needed if one is None else {*needed, one}
        assert ask(ground, row, exactly) != "permission.missing", "nothing else is asked for"
    assert everything() == before
