"""Where orders are delivered."""

from typing import Any

import pytest

from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales import customers
from everstock.operations.sales.models import AddressKind
from everstock.operations.sales.orders import confirm_order
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.ordering import change, confirmed, order
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


def live(s: Selling, code: str, city: str, customer: str = "JONES", **more: Any) -> None:
    given = {"kind": AddressKind.DELIVERY, "country": "DE", "recorded_at": NOW, **more}
    customers.set_address(s.boss, customer=s.partners[customer], code=code, city=city, **given)


def where(s: Selling, made: DocumentRef) -> tuple[str, str] | None:
    kept = (s.header(made.id).details or {}).get("delivery")
    return kept and (kept["code"], kept["city"])


def test_the_default_address_is_kept_as_it_was_when_the_order_was_confirmed(selling: Selling) -> None:
    live(selling, "BILL", "Kiel", kind=AddressKind.BILLING)
    nowhere = confirmed(selling, selling.line(1, "3"))
    live(selling, "HOME", "Bonn")
    live(selling, "WORK", "Ulm")
    asked, named = order(selling, selling.line(1, "3")), order(selling, selling.line(1, "3"), delivery="WORK")
    at_once = confirmed(selling, selling.line(1, "3"))
    assert [where(selling, one) for one in (nowhere, asked, named, at_once)] == [
        None, None, ("WORK", "Ulm"), ("HOME", "Bonn"),
    ]  # fmt: skip
    live(selling, "HOME", "Mainz")
    for one in (asked, named):
        confirm_order(selling.boss, order=one.id, day=MONDAY, recorded_at=NOW)
    assert [where(selling, one) for one in (asked, named, at_once)] == [
        ("HOME", "Mainz"), ("WORK", "Ulm"), ("HOME", "Bonn"),
    ]  # fmt: skip
    change(selling, at_once, delivery="WORK")
    assert where(selling, at_once) == ("WORK", "Ulm")
    assert selling.header(at_once.id).version == 2
    assert (selling.header(at_once.id).details or {})["payment_days"] == 0


def test_an_address_of_nobody_or_of_somebody_else_is_refused(selling: Selling) -> None:
    live(selling, "CITY", "Paris", customer="PARIS")
    live(selling, "BILL", "Kiel", kind=AddressKind.BILLING)
    refused("address.unknown", lambda: order(selling, selling.line(1, "3"), delivery="CITY"))
    made = order(selling, selling.line(1, "3"))
    refused("address.unknown", lambda: change(selling, made, delivery="BILL"))
