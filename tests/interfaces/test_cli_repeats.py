"""The same command with the same key again: it makes nothing and answers with what it made, also where all that was left is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import pytest

from everstock.interfaces.cli import acting
from everstock.interfaces.cli.buying.orders import create
from tests.interfaces.shop import Shop, contents, shown

_DAY = ("--day", "2026-03-20")


class _Case(NamedTuple):
    """A command that makes a document of all that is left to do, and what would be typed of another one."""

    command: tuple[str, ...]
    other: tuple[str, ...]


def _received(shop: Shop, *more: str) -> str:
    return shop.number("receive", shop.sent("BOLT=10@2"), "--day", "2026-03-03", *more)


def _billed(shop: Shop) -> str:
    receipt = _received(shop)
    shop("invoice", "post", "SMITH", "I-1", "--receipt", receipt, *_DAY)
    return receipt


def _sent_on(shop: Shop) -> str:
    _received(shop)
    return shop.number("transfer", "send", "--from", "DOCK", "--to", "SHED", "--line", "BOLT=10", *_DAY)


def _shipped(shop: Shop) -> str:
    _received(shop)
    wanted = ("--line", "BOLT=10@3", "--from", "DOCK", "--confirm")
    return shop.number("so", "ship", shop.number("so", "create", "JONES", *wanted, *_DAY), *_DAY)


def _receive(shop: Shop) -> _Case:
    return _Case(("receive", shop.sent("BOLT=10@2"), *_DAY), ("--to", "BIN-1"))


def _arrive(shop: Shop) -> _Case:
    shop("supplier", "terms", "SMITH", "--incoterm", "FOB")
    return _Case(("arrive", _received(shop, "--dispatched"), *_DAY), ("--to", "BIN-1"))


def _put_away(shop: Shop) -> _Case:
    return _Case(("put-away", _received(shop), "--to", "BIN-1", *_DAY), ("--line", "BOLT=1"))


def _invoice(shop: Shop) -> _Case:
    return _Case(("invoice", "post", "SMITH", "I-1", "--receipt", _received(shop), *_DAY), ("--charge", "Packing=5"))


def _return_supplier(shop: Shop) -> _Case:
    return _Case(("return-supplier", _received(shop), "--line", "BOLT", *_DAY), ("--expect", "nothing"))


def _credit(shop: Shop) -> _Case:
    back = shop.number("return-supplier", _billed(shop), "--line", "BOLT=4", *_DAY)
    return _Case(("invoice", "credit", "SMITH", "C-1", "--return", back, *_DAY), ("--charge", "Packing=5"))


def _pay(shop: Shop) -> _Case:
    _billed(shop)
    return _Case(("invoice", "pay", "SI-2026-000001", *_DAY), ("--reference", "B-1"))


def _landed_cost(shop: Shop) -> _Case:
    return _Case(
        ("landed-cost", "post", "--receipt", _received(shop), "--charge", "freight=5", *_DAY), ("--by", "quantity")
    )


def _charge(shop: Shop) -> _Case:
    cost = shop.number("landed-cost", "post", "--receipt", _received(shop), "--charge", "freight=5", *_DAY)
    return _Case(("landed-cost", "bill", cost, "SMITH", "F-1", "--charge", "1=6", *_DAY), ("--tax", "VAT"))


def _clear(shop: Shop) -> _Case:
    return _Case(("grni", "clear", _received(shop), "--account", "5000", "--reason", "gone", *_DAY), ("--reason", "x"))


def _transfer_arrive(shop: Shop) -> _Case:
    return _Case(("transfer", "arrive", _sent_on(shop), *_DAY), ("--to", "BIN-1"))


def _transfer_lost(shop: Shop) -> _Case:
    return _Case(("transfer", "lost", _sent_on(shop), "--reason", "fell off", *_DAY), ("--account", "6900"))


def _ship(shop: Shop) -> _Case:
    _received(shop)
    wanted = ("--line", "BOLT=10@3", "--from", "DOCK", "--confirm")
    return _Case(("so", "ship", shop.number("so", "create", "JONES", *wanted, *_DAY), *_DAY), ("--from", "BIN-1"))


def _bill(shop: Shop) -> _Case:
    return _Case(("so", "invoice", _shipped(shop), *_DAY), ("--reference", "B-1"))


def _bill_period(shop: Shop) -> _Case:
    _shipped(shop)
    return _Case(("so", "invoice", "--customer", "JONES", *_DAY), ("--through", "2026-04-30"))


def _take_back(shop: Shop) -> _Case:
    shipment = _shipped(shop)
    return _Case(("return", "receive", shipment, "--line", "BOLT", "--to", "DOCK", *_DAY), ("--fee", "1"))


def _credit_customer(shop: Shop) -> _Case:
    shipment = _shipped(shop)
    shop("so", "invoice", shipment, *_DAY)
    back = shop.number("return", "receive", shipment, "--line", "BOLT=4", "--to", "DOCK", *_DAY)
    return _Case(("so", "credit", back, *_DAY), ("--reference", "B-1"))


_CASES: tuple[Callable[[Shop], _Case], ...] = (
    *(_receive, _arrive, _put_away, _invoice, _return_supplier, _credit, _pay, _landed_cost, _charge, _clear),
    *(_transfer_arrive, _transfer_lost, _ship, _bill, _bill_period, _take_back, _credit_customer),
)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.__name__.strip("_"))
def test_a_command_with_a_key_is_carried_out_once(shop: Shop, case: Callable[[Shop], _Case]) -> None:
    command, other = case(shop)
    made = shop.number(*command, "--key", "K")
    after = contents()
    assert shop.number(*command, "--key", "K") == made
    [cause, remedy] = shop(*command, *other, "--key", "K", status=1).refusal
    assert (cause, remedy) == (
        f"The key “K{'/USD' if case is _bill_period else ''}” was used for another request, which made {made}.",
        "Use a new key for every new request.",
    )
    assert contents() == after


def test_all_of_another_order_is_another_request(shop: Shop) -> None:
    first, second = shop.sent("BOLT=10@2"), shop.sent("BOLT=10@2")
    made = shop.number("receive", first, *_DAY, "--key", "K")
    shop("receive", second, *_DAY)
    [cause, _] = shop("receive", second, *_DAY, "--key", "K", status=1).refusal
    assert cause == f"The key “K” was used for another request, which made {made}."


def test_a_day_that_nobody_named_is_no_content(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ("po", "create", "SMITH", "--line", "BOLT=10@2", "--key", "K")
    made = shop.number(*command)
    [day] = [one for one in create.params if one.name == "day"]
    monkeypatch.setattr(day, "default", lambda: acting.today() + dt.timedelta(days=1))
    assert shop.number(*command[:-1], "another") != made
    assert shown(shop, "PO-2026-000002")["day"] > shown(shop, made)["day"]
    assert shop.number(*command) == made


def test_who_asks_is_part_of_the_request(shop: Shop) -> None:
    command = ("receive", shop.sent("BOLT=10@2"), *_DAY, "--key", "K")
    shop(*command)
    shop("user", "create", "aud", "--role", "auditor")
    [cause, _] = shop(*command, "--as", "aud", status=1).refusal
    assert cause.startswith("The key “K” was used for another request")
