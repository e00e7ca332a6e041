"""Customers: their terms, being on hold, their addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.models import Partner
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.models import AddressKind, CustomerAddress, CustomerTerms
from tests.operations.buying import NOW
from tests.operations.sales.ordering import confirmed
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import refused

BILLING, DELIVERY = AddressKind.BILLING, AddressKind.DELIVERY


# --- terms


def test_of_a_customer_of_whom_nothing_is_said_the_usual_holds(selling: Selling) -> None:
    terms = customers.terms_of(selling.company.pk, customer=selling.partners["JONES"])
    assert (terms.payment_days, terms.credit_limit, terms.on_hold, terms.priority) == (0, None, False, 5)
    assert not CustomerTerms.objects.exists()


def test_terms_change_one_by_one(selling: Selling) -> None:
    selling.channel("web")
    jones, company = selling.partners["JONES"], selling.company.pk
    vat = selling.taxes["VAT"]
    first: customers.TermsChange = {"payment_days": 30, "incoterm": "DAP", "credit_limit": 500_000, "tax_code": vat}
    customers.set_terms(selling.boss, customer=jones, recorded_at=NOW, **first)
    second: customers.TermsChange = {
        "discount_days": 10,
        "discount": 20_000,
        "customer_group": "TRADE",
        "priority": 0,
        "channel": "web",
        "language": "da-DK",
        "tax_number": "DK 31224567",
    }
    customers.set_terms(selling.boss, customer=jones, recorded_at=NOW, **second)
    terms = customers.terms_of(company, customer=jones)
    assert (terms.payment_days, terms.incoterm, terms.credit_limit, terms.tax_code_id) == (30, "DAP", 500_000, vat)
    assert (terms.discount_days, terms.discount, terms.customer_group) == (10, 20_000, "TRADE")
    assert (terms.priority, terms.channel) == (0, "web")
    assert (terms.language, terms.tax_number) == ("da-DK", "DK 31224567")
    customers.set_terms(
        selling.boss, customer=jones, recorded_at=NOW, credit_limit=None, tax_code=None, customer_group=""
    )
    terms = customers.terms_of(company, customer=jones)
    assert (terms.credit_limit, terms.tax_code, terms.customer_group, terms.payment_days) == (None, None, "", 30)
    last = AuditEvent.objects.filter(action="customer.terms").latest("id")
    assert last.before == {"credit_limit": 500_000, "tax_code_id": vat, "customer_group": "TRADE"}
    assert last.after == {"credit_limit": None, "tax_code_id": None, "customer_group": ""}
    assert (last.subject_kind, last.subject, last.subject_id) == ("customer", "JONES", jones)


def test_on_hold_and_released(selling: Selling) -> None:
    jones, company = selling.partners["JONES"], selling.company.pk
    assert customers.hold(selling.boss, customer=jones, reason="Owes since May", recorded_at=NOW).on_hold
    customers.set_terms(selling.boss, customer=jones, payment_days=7, recorded_at=NOW)
    terms = customers.terms_of(company, customer=jones)
    assert (terms.on_hold, terms.hold_reason) == (True, "Owes since May")
    customers.release(selling.boss, customer=jones, recorded_at=NOW)
    terms = customers.terms_of(company, customer=jones)
    assert (terms.on_hold, terms.payment_days) == (False, 7)
    said = AuditEvent.objects.filter(subject="JONES").order_by("id").values_list("action", "before", "after")
    assert [said[0], said[2]] == [
        ("customer.hold", {"hold_reason": ""}, {"hold_reason": "Owes since May"}),
        ("customer.release", {"hold_reason": "Owes since May"}, {"hold_reason": ""}),
    ]


def test_a_credit_limit_is_raised_by_whoever_may_sell_above_it(selling: Selling) -> None:
    jones, seller = selling.partners["JONES"], selling.actor(Permission.CUSTOMER_CHANGE)

    def say(actor: Actor, limit: int | None) -> None:
        customers.set_terms(actor, customer=jones, credit_limit=limit, recorded_at=NOW)

    say(seller, 50_000)
    say(seller, 40_000)
    say(seller, 40_000)
    for limit in (40_001, None):
        refused("permission.missing", lambda limit=limit: say(seller, limit))  # type: ignore[misc]
    chief = selling.actor(Permission.CUSTOMER_CHANGE, Permission.CREDIT_OVERRIDE, limit=60_000)
    say(chief, 60_000)
    # the whole of the new limit counts: it cannot be raised in steps
    refused("approval.over_limit", lambda: say(chief, 60_001))
    refused("approval.over_limit", lambda: say(chief, None))
    say(selling.boss, None)
    assert customers.terms_of(selling.company.pk, customer=jones).credit_limit is None


def test_a_hold_is_lifted_by_whoever_may_sell_so_much_on_credit(selling: Selling) -> None:
    s, jones = selling, selling.partners["JONES"]
    confirmed(s)
    customers.hold(s.actor(Permission.CUSTOMER_CHANGE), customer=jones, reason="x", recorded_at=NOW)

    def release(*more: Permission, limit: int | None = None) -> None:
        actor = s.actor(Permission.CUSTOMER_CHANGE, *more, limit=limit)
        customers.release(actor, customer=jones, recorded_at=NOW)

    refused("permission.missing", release)
    refused("approval.over_limit", lambda: release(Permission.CREDIT_OVERRIDE, limit=2_499))
    release(Permission.CREDIT_OVERRIDE, limit=2_500)
    assert not customers.terms_of(s.company.pk, customer=jones).on_hold


# --- addresses


def _put(selling: Selling, code: str, kind: AddressKind = DELIVERY, **more: Any) -> CustomerAddress:
    given = {"customer": selling.partners["JONES"], "city": "Bonn", "country": "DE", "recorded_at": NOW, **more}
    return customers.set_address(selling.boss, kind=kind, code=code, **given)


def _addresses(selling: Selling, kind: AddressKind | None = None) -> list[tuple[str, str, bool]]:
    rows = customers.addresses_of(selling.company.pk, customer=selling.partners["JONES"], kind=kind)
    return [(row.kind, row.code, row.default) for row in rows]


def test_there_is_always_one_default_of_each_kind(selling: Selling) -> None:
    _put(selling, "A")
    _put(selling, "B", default=True)
    _put(selling, "C")
    _put(selling, "A", BILLING)
    _put(selling, "X", BILLING, customer=selling.partners["PARIS"])
    assert _addresses(selling) == [
        ("billing", "A", True),
        ("delivery", "B", True),
        ("delivery", "A", False),
        ("delivery", "C", False),
    ]
    _put(selling, "B", city="Köln")
    assert _addresses(selling, DELIVERY)[0] == ("delivery", "B", True), "what nobody takes away stays the default"
    jones = selling.partners["JONES"]
    customers.remove_address(selling.boss, customer=jones, kind=DELIVERY, code="B", recorded_at=NOW)
    assert _addresses(selling, DELIVERY) == [("delivery", "A", True), ("delivery", "C", False)]
    customers.remove_address(selling.boss, customer=jones, kind=DELIVERY, code="C", recorded_at=NOW)
    assert _addresses(selling, DELIVERY) == [("delivery", "A", True)]
    customers.remove_address(selling.boss, customer=jones, kind=DELIVERY, code="A", recorded_at=NOW)
    assert _addresses(selling) == [("billing", "A", True)]
    assert _put(selling, "C").default
    assert CustomerAddress.objects.filter(partner=jones, kind="delivery").count() == 3, "documents may name them"


def test_an_address_is_replaced(selling: Selling) -> None:
    said: dict[str, Any] = {"name": "Jones & Co", "lines": "Dock 3\nAm Hafen 1", "postcode": "53111"}
    row = _put(selling, "A", **said)
    assert (row.name, row.lines, row.postcode, row.city, row.country) == (*said.values(), "Bonn", "DE")
    _put(selling, "A", city="Ulm")
    [row] = customers.addresses_of(selling.company.pk, customer=selling.partners["JONES"])
    assert (row.name, row.lines, row.city) == ("", "", "Ulm")
    last = AuditEvent.objects.filter(action="customer.address").latest("id")
    assert last.before is not None
    assert (last.before["city"], last.before["lines"]) == ("Bonn", "Dock 3\nAm Hafen 1")
    assert last.after is not None
    assert (last.after["kind"], last.after["code"], last.after["city"]) == ("delivery", "A", "Ulm")


@pytest.mark.parametrize("code, known", [("DE", True), ("US", True), ("GB", True), ("EU", False), ("ZZ", False),
                                         ("UK", False), ("de", False), ("001", False), ("", False)])  # fmt: skip
def test_countries(code: str, known: bool) -> None:
    assert (code in customers.countries()) == known
    assert len(customers.countries()) > 240


# --- refusals

Verb = Callable[..., Any]


def _terms(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return customers.set_terms, more


def _address(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return customers.set_address, {"kind": DELIVERY, "code": "A", "city": "Bonn", "country": "DE", **more}


def _hold(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return customers.hold, {"reason": "x", **more}


def _remove(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return customers.remove_address, {"kind": DELIVERY, "code": "A", **more}


REFUSED = [
    ("terms.invalid", _terms(payment_days=-1)),
    ("terms.invalid", _terms(payment_days=3651)),
    ("terms.invalid", _terms(payment_days=None)),
    ("terms.invalid", _terms(discount_days=-1)),
    ("terms.invalid", _terms(discount=SCALE + 1)),
    ("terms.invalid", _terms(credit_limit=-1)),
    ("terms.invalid", _terms(credit_limit=LIMIT)),
    ("terms.invalid", _terms(priority=10)),
    ("terms.invalid", _terms(payment_days=30, priority=-1)),
    ("incoterm.unknown", _terms(incoterm="fob")),
    ("tax.unknown", _terms(tax_code="OLD")),
    ("tax.unknown", _terms(tax_code=10**8)),
    ("code.invalid", _terms(customer_group=" x")),
    ("code.invalid", _terms(channel="x" * 65)),
    ("terms.invalid", _terms(language="Deutsch, bitte")),
    ("text.invalid", _terms(tax_number="x" * 33)),
    ("channel.unknown", _terms(channel="fair")),
    ("reason.missing", _hold(reason=" ")),
    ("text.invalid", _hold(reason="x" * 2001)),
    ("customer.not_on_hold", (customers.release, {})),
    ("code.invalid", _address(code="")),
    ("text.invalid", _address(name="x" * 201)),
    ("text.invalid", _address(lines="a\x00")),
    ("text.invalid", _address(postcode="1" * 17)),
    ("text.invalid", _address(city="x" * 201)),
    ("address.incomplete", _address(city=" ")),
    ("country.unknown", _address(country="XX")),
    ("country.unknown", _address(country="de")),
    ("address.unknown", _remove(code="B")),
    ("address.unknown", _remove(kind=BILLING)),
    ("address.unknown", _remove(code="GONE")),
]


@pytest.mark.parametrize("code, asked", REFUSED)
def test_what_cannot_be_agreed(selling: Selling, code: str, asked: tuple[Verb, dict[str, Any]]) -> None:
    jones = selling.partners["JONES"]
    for name in ("A", "GONE"):
        _put(selling, name)
    customers.remove_address(selling.boss, customer=jones, kind=DELIVERY, code="GONE", recorded_at=NOW)
    verb, more = asked
    given = {name: selling.taxes[value] if value == "OLD" else value for name, value in more.items()}
    refused(code, lambda: verb(selling.boss, customer=jones, recorded_at=NOW, **given))


@pytest.mark.parametrize("verb, more", [_terms(priority=1), _address(), _hold(), (customers.release, {}), _remove()])
def test_who_may_and_whom(selling: Selling, verb: Verb, more: dict[str, Any]) -> None:
    def ask(actor: Any, customer: int) -> Callable[[], Any]:
        return lambda: verb(actor, customer=customer, recorded_at=NOW, **more)

    jones = selling.partners["JONES"]
    _put(selling, "A")
    customers.hold(selling.boss, customer=jones, reason="x", recorded_at=NOW)
    others = selling.actor(*(permission for permission in Permission if permission is not Permission.CUSTOMER_CHANGE))
    refused("permission.missing", ask(others, jones))
    refused("customer.unknown", ask(selling.boss, 10**8))
    refused("customer.unknown", ask(Selling().boss, jones))
    refused("customer.not_one", ask(selling.boss, selling.partners["SMITH"]))
    # nothing is owed: any limit is enough to let a customer go
    more_rights = [Permission.CREDIT_OVERRIDE] if verb is customers.release else []
    ask(selling.actor(Permission.CUSTOMER_CHANGE, *more_rights, limit=0 if not more_rights else 1), jones)()


@pytest.mark.parametrize("question", [customers.terms_of, customers.addresses_of])
def test_of_whom_can_be_asked(selling: Selling, question: Callable[..., Any]) -> None:
    for code, customer in (("customer.unknown", 10**8), ("customer.not_one", selling.partners["SMITH"])):
        with pytest.raises(Refusal) as said:
            question(selling.company.pk, customer=customer)
        assert said.value.code == code


BAD_ROWS: dict[str, Callable[[Selling], Any]] = {
    "customer_terms_payment_days_range": lambda s: _terms_row(s, payment_days=-1),
    "customer_terms_discount_range": lambda s: _terms_row(s, discount=SCALE + 1),
    "customer_terms_incoterm_known": lambda s: _terms_row(s, incoterm="XXX"),
    "customer_terms_credit_limit_range": lambda s: _terms_row(s, credit_limit=-1),
    "customer_terms_priority_range": lambda s: _terms_row(s, priority=10),
    "customer_address_unique": lambda s: _address_row(s, code="A"),
    "customer_address_one_default": lambda s: _address_row(s, default=True),
    "customer_address_kind_known": lambda s: _address_row(s, kind="other"),
    "customer_address_country_iso": lambda s: _address_row(s, country="de"),
    "customer_address_city_given": lambda s: _address_row(s, city=""),
    "customer_address_default_is_active": lambda s: _address_row(s, kind="billing", default=True, active=False),
}


def _terms_row(selling: Selling, **more: Any) -> Any:
    return CustomerTerms.objects.create(partner=Partner.objects.get(pk=selling.partners["JONES"]), **more)


def _address_row(selling: Selling, **more: Any) -> Any:
    given = {"kind": "delivery", "code": "B", "city": "Bonn", "country": "DE", **more}
    return CustomerAddress.objects.create(partner_id=selling.partners["JONES"], **given)


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_bad_row_is_refused_by_the_database(selling: Selling, rule: str) -> None:
    _put(selling, "A")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        BAD_ROWS[rule](selling)
