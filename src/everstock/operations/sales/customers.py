"""Customers: what was agreed with them, whether they are on hold, where they are."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TypedDict, Unpack

from babel import Locale
from django.db import models, transaction

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import NAME_LENGTH, Partner
from everstock.operations.documents.checks import check_reason, check_term, check_text
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.models import TaxCode
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit import require_higher_limit, require_release
from everstock.operations.sales.facts import unknown_channel
from everstock.operations.sales.models import (
    LAST_PRIORITY,
    LINES_LENGTH,
    LONGEST_PAYMENT,
    POSTCODE_LENGTH,
    TAX_NUMBER_LENGTH,
    AddressKind,
    CustomerAddress,
    CustomerTerms,
    SalesChannel,
)

_RANGES: Mapping[str, tuple[int, int]] = {
    "payment_days": (0, LONGEST_PAYMENT),
    "discount_days": (0, LONGEST_PAYMENT),
    "discount": (0, SCALE),
    "credit_limit": (0, LIMIT - 1),
    "priority": (0, LAST_PRIORITY),
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of two letters that the library knows, of what is no country."""


class TermsChange(TypedDict, total=False):
    """What may be agreed with a customer, as in ``models.CustomerTerms``; what is left out stays. ``tax_code``: an id, ``None``: none."""

    payment_days: int
    discount_days: int
    discount: int
    incoterm: str
    credit_limit: int | None
    customer_group: str
    priority: int
    tax_code: int | None
    channel: str
    language: str
    tax_number: str


def find_customer(company_id: int, customer: int) -> Partner:
    """Return the customer with this id; refuse (``customer.unknown``, ``customer.not_one``) anything else."""
    partner = Partner.objects.filter(company_id=company_id, pk=customer).first()
    if partner is None:
        raise Refusal("customer.unknown", "There is no such customer in this company.", "Create the customer first.")
    if not partner.is_customer:
        raise Refusal("customer.not_one", f"{partner.code} is not a customer.", "Mark the partner as a customer first.")
    return partner


@transaction.atomic
def set_terms(actor: Actor, *, customer: int, recorded_at: int, **changes: Unpack[TermsChange]) -> CustomerTerms:
    """Set what was agreed with a customer; what is left out stays.

    A credit limit is raised, or taken away, by whoever may sell above credit limits up to the new one.

    Refused: ``permission.missing``, ``approval.over_limit``, ``customer.unknown``, ``customer.not_one``, ``terms.invalid`` (a number out
    of its range, no language), ``incoterm.unknown``, ``tax.unknown``, ``code.invalid`` (of a group or a channel), ``channel.unknown``,
    ``text.invalid``.
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    partner = find_customer(actor.company_id, customer)
    _check_terms(actor.company_id, changes)
    if "credit_limit" in changes:
        known = CustomerTerms.objects.select_for_update().filter(partner=partner).first()
        before = None if known is None else known.credit_limit
        require_higher_limit(actor, partner.code, before, changes["credit_limit"])
    wanted: dict[str, object] = {"tax_code_id" if name == "tax_code" else name: said for name, said in changes.items()}
    return _change(actor, partner, "terms", recorded_at, wanted)


def _check_terms(company_id: int, changes: TermsChange) -> None:
    for name, (low, high) in _RANGES.items():
        value = changes.get(name)
        if name in changes and not (value is None and name == "credit_limit"):
            check_term(name, value, low, high)
    incoterm = changes.get("incoterm", "")
    if incoterm and incoterm not in {term.value for term in Incoterm}:
        raise Refusal("incoterm.unknown", f"“{incoterm}” is no Incoterm.", f"Use one of: {', '.join(Incoterm)}.")
    tax_code = changes.get("tax_code")
    if tax_code is not None and not TaxCode.objects.filter(company_id=company_id, pk=tax_code, active=True).exists():
        raise Refusal("tax.unknown", "There is no such active tax code in this company.", "Name another tax code.")
    language = changes.get("language", "")
    if language and not _LANGUAGE.fullmatch(language):
        raise Refusal("terms.invalid", f"“{language}” is not the tag of a language.", "Use a tag such as de or en-GB.")
    check_text(changes.get("tax_number", ""), "tax number", TAX_NUMBER_LENGTH)
    for text, what in ((changes.get("customer_group"), "customer group"), (changes.get("channel"), "channel")):
        if text:
            refuse_bad_code(text, what)
    channel = changes.get("channel")
    if channel and not SalesChannel.objects.filter(company_id=company_id, code=channel, active=True).exists():
        raise unknown_channel(channel)


@transaction.atomic
def hold(actor: Actor, *, customer: int, reason: str, recorded_at: int) -> CustomerTerms:
    """Put a customer on hold, or change the reason why it is: nothing is delivered to it until it is released.

    Refused: ``permission.missing``, ``customer.unknown``, ``customer.not_one``, ``reason.missing``, ``text.invalid``.
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    partner = find_customer(actor.company_id, customer)
    return _change(actor, partner, "hold", recorded_at, {"hold_reason": check_reason(reason)})


@transaction.atomic
def release(actor: Actor, *, customer: int, recorded_at: int) -> CustomerTerms:
    """Let a customer be delivered again; whoever may sell above credit limits up to what it owes and has on order may do that.

    Refused: as ``hold``, ``approval.over_limit``, and a customer that is not on hold (``customer.not_on_hold``).
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    partner = find_customer(actor.company_id, customer)
    terms = CustomerTerms.objects.select_for_update().filter(partner=partner).first()
    if terms is None or not terms.on_hold:
        raise Refusal("customer.not_on_hold", f"{partner.code} is not on hold.", "Nothing needs to be done.")
    require_release(actor, partner)
    return _change(actor, partner, "release", recorded_at, {"hold_reason": ""})


def _change(actor: Actor, partner: Partner, verb: str, recorded_at: int, wanted: Mapping[str, object]) -> CustomerTerms:
    terms, _ = CustomerTerms.objects.select_for_update().get_or_create(partner=partner)
    before = {name: getattr(terms, name) for name in wanted}
    for name, value in wanted.items():
        setattr(terms, name, value)
    terms.save(update_fields=list(wanted))
    _record(actor, recorded_at, verb, partner, before, wanted)
    return terms


# ---------------------------------------------------------------------------------------------------------------------
# Addresses


@transaction.atomic
def set_address(
    actor: Actor,
    *,
    customer: int,
    kind: AddressKind,
    code: str,
    city: str,
    country: str,
    recorded_at: int,
    name: str = "",
    lines: str = "",
    postcode: str = "",
    default: bool = False,
) -> CustomerAddress:
    """Say where a customer is; replaces the address of the same kind and code, and brings back one that was removed.

    The first of its kind is the default; with ``default`` it becomes that instead of another. As in ``models.CustomerAddress``.

    Refused: ``permission.missing``, ``customer.unknown``, ``customer.not_one``, ``code.invalid``, ``text.invalid``,
    ``address.incomplete`` (no city), ``country.unknown``.
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    partner = find_customer(actor.company_id, customer)
    refuse_bad_code(code, "customer's address")
    for text, what, length in (
        (name, "name", NAME_LENGTH),
        (lines, "lines", LINES_LENGTH),
        (postcode, "postcode", POSTCODE_LENGTH),
        (city, "city", NAME_LENGTH),
    ):
        check_text(text, f"{what} of the address", length)
    if not city.strip():
        raise Refusal("address.incomplete", f"The address {code} has no city.", "Enter the city.")
    if country not in countries():
        raise Refusal(
            "country.unknown", f"“{country}” is not the code of a country.", "Use the two letters of ISO 3166, as DE."
        )
    others = _addresses(partner, kind).exclude(code=code)
    old = CustomerAddress.objects.filter(partner=partner, kind=kind.value, code=code).first()
    default = default or not others.filter(default=True).exists()
    if default:
        others.update(default=False)
    said = {"name": name, "lines": lines, "postcode": postcode, "city": city, "country": country, "default": default}
    wanted = {**said, "active": True}
    before = None if old is None else {what: getattr(old, what) for what in wanted}
    row, _ = CustomerAddress.objects.update_or_create(partner=partner, kind=kind.value, code=code, defaults=wanted)
    _record(actor, recorded_at, "address", partner, before, {"kind": kind.value, "code": code, **wanted})
    return row


@transaction.atomic
def remove_address(actor: Actor, *, customer: int, kind: AddressKind, code: str, recorded_at: int) -> None:
    """Use an address no more. It stays for the documents that name it; if it was the default, the oldest other one is that now.

    Refused: ``permission.missing``, ``customer.unknown``, ``customer.not_one``, ``address.unknown``.
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    partner = find_customer(actor.company_id, customer)
    row = _addresses(partner, kind).filter(code=code, active=True).first()
    if row is None:
        raise Refusal(
            "address.unknown",
            f"{partner.code} has no {kind.value} address {code}.",
            "Look its addresses up with the customer.",
        )
    was_default, row.default, row.active = row.default, False, False
    row.save(update_fields=["default", "active"])
    following = _addresses(partner, kind).filter(active=True).order_by("id").first()
    if was_default and following is not None:
        following.default = True
        following.save(update_fields=["default"])
    said = {"kind": kind.value, "code": code}
    now_default = None if following is None or not was_default else following.code
    _record(actor, recorded_at, "remove_address", partner, said, {"default": now_default} if now_default else None)


def _addresses(partner: Partner, kind: AddressKind) -> "models.QuerySet[CustomerAddress]":
    """The addresses of a customer of one kind, locked with the customer, so that there is always one default."""
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    return CustomerAddress.objects.filter(partner=partner, kind=kind.value)


@cache
def countries() -> frozenset[str]:
    """Return the codes of all countries, two letters each."""
    known = map(str, Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


def _record(
    actor: Actor,
    recorded_at: int,
    verb: str,
    partner: Partner,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    row = event(
        actor,
        at=recorded_at,
        action=f"customer.{verb}",
        subject_kind="customer",
        subject=partner.code,
        subject_id=partner.pk,
        before=before,
        after=after,
    )
    record([row])


# ---------------------------------------------------------------------------------------------------------------------
# Questions


def terms_of(company_id: int, *, customer: int) -> CustomerTerms:
    """Return what was agreed with a customer, the usual where nothing was. Refused: ``customer.unknown``, ``customer.not_one``."""
    partner = find_customer(company_id, customer)
    found = CustomerTerms.objects.filter(partner=partner).select_related("tax_code").first()
    return found or CustomerTerms(partner=partner)


def addresses_of(company_id: int, *, customer: int, kind: AddressKind | None = None) -> list[CustomerAddress]:
    """Return the active addresses of a customer (of one ``kind``), the default of each kind first. Refused: as ``terms_of``."""
    rows = CustomerAddress.objects.filter(partner=find_customer(company_id, customer), active=True)
    if kind is not None:
        rows = rows.filter(kind=kind.value)
    return list(rows.order_by("kind", "-default", "code"))
