"""Customers and price lists as tables."""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.core.quantities import format_money, format_quantity
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.figures import price
from everstock.interfaces.cli.output import Column
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.models import Company, Partner
from everstock.operations.sales import customers as sold_to
from everstock.operations.sales import prices as selling_prices
from everstock.operations.sales.models import CustomerTerms, PriceList, PriceListEntry

Sheet = tuple[list[Column], list[list[object]]]


def customers(company: Company) -> Sheet:
    """All customers of a company, by code."""
    columns = [
        *(Column("customer"), Column("name"), Column("currency"), Column("payment_days", numeric=True)),
        *(Column("credit_limit", numeric=True), Column("group"), Column("priority", numeric=True)),
        *(Column("tax_code"), Column("channel"), Column("on_hold")),
    ]
    known = {
        terms.partner_id: terms
        for terms in CustomerTerms.objects.filter(partner__company=company).select_related("tax_code")
    }
    rows: list[list[object]] = []
    for partner in Partner.objects.filter(company=company, is_customer=True).order_by("code"):
        terms = known.get(partner.pk) or CustomerTerms(partner=partner)
        rows.append(
            [
                *(partner.code, partner.name, partner.currency_id or company.currency_id, terms.payment_days),
                *(_money(terms.credit_limit, company), terms.customer_group, terms.priority),
                *(terms.tax_code, terms.channel, terms.hold_reason),
            ]
        )
    return columns, rows


def terms_of(partner: Partner) -> list[Sequence[object]]:
    """What was agreed with a customer, as (what, how)."""
    terms = sold_to.terms_of(partner.company_id, customer=partner.pk)
    own = partner.company.currency_id
    facts: list[Sequence[object]] = [
        ("name", partner.name),
        ("currency", partner.currency_id or own),
        ("on hold", terms.hold_reason),
        ("payment days", terms.payment_days),
        ("discount days", terms.discount_days),
        ("discount", _percent(terms.discount)),
        ("incoterm", terms.incoterm),
        ("credit limit", "" if terms.credit_limit is None else f"{_money(terms.credit_limit, partner.company)} {own}"),
        ("group", terms.customer_group),
        ("priority", terms.priority),
        ("tax code", terms.tax_code),
        ("channel", terms.channel),
        ("language", terms.language),
        ("tax number", terms.tax_number),
    ]
    return [fact for fact in facts if fact[1] not in {None, ""}]


def addresses(partner: Partner) -> Sheet:
    """The addresses of a customer, one row each."""
    columns = [Column(name) for name in ("kind", "address", "default", "name", "lines", "postcode", "city", "country")]
    rows: list[list[object]] = [
        [
            *(one.kind, one.code, "yes" if one.default else "", one.name, ", ".join(one.lines.splitlines())),
            *(one.postcode, one.city, one.country),
        ]
        for one in sold_to.addresses_of(partner.company_id, customer=partner.pk)
    ]
    return columns, rows


def price_lists(company: Company) -> Sheet:
    """All price lists of a company, by code."""
    columns = [
        *(Column("price_list"), Column("name"), Column("currency"), Column("for"), Column("base")),
        *(Column("rank", numeric=True), Column("valid_from"), Column("valid_to")),
    ]
    found = PriceList.objects.filter(company=company).select_related("customer", "base").order_by("code")
    rows: list[list[object]] = [
        [one.code, one.name, one.currency_id, audience(one), one.base, one.rank, one.valid_from, one.valid_to]
        for one in found
    ]
    return columns, rows


def audience(price_list: PriceList) -> str:
    """For whom a price list is."""
    if price_list.customer is not None:
        return f"customer {price_list.customer.code}"
    return f"group {price_list.customer_group}" if price_list.customer_group else "everybody"


def prices(price_list: PriceList) -> Sheet:
    """The prices of a list, in the columns of a file to import, items before categories."""
    columns = [
        *(Column("item"), Column("category"), Column("unit"), Column("from_quantity", numeric=True)),
        *(Column("price", numeric=True), Column("discount", numeric=True), Column("valid_from"), Column("valid_to")),
    ]
    found = PriceListEntry.objects.filter(price_list=price_list).select_related("item", "category", "unit")
    digits = CURRENCIES[price_list.currency_id][1]
    rows: list[list[object]] = [
        [
            *(one.item, one.category, one.unit, format_quantity(one.from_quantity) if one.from_quantity else None),
            *(price(one.unit_price, digits), None if one.discount is None else _percent(one.discount)),
            *(one.valid_from, one.valid_to),
        ]
        for one in found.order_by("item__sku", "category__code", "unit__code", "from_quantity", "valid_from")
    ]
    return columns, rows


def _money(amount: int | None, company: Company) -> str | None:
    return None if amount is None else format_money(amount, CURRENCIES[company.currency_id][1])


def _percent(fraction: int) -> str:
    return f"{format_quantity(fraction * 100)}%"


def list_facts(price_list: PriceList) -> list[Sequence[object]]:
    """What a price list is, as (what, how)."""
    until = "" if price_list.valid_to is None else f" to {price_list.valid_to}"
    facts: list[Sequence[object]] = [
        ("name", price_list.name),
        ("currency", price_list.currency_id),
        ("for", audience(price_list)),
        ("base", price_list.base),
        ("rank", price_list.rank),
        ("holds", f"from {price_list.valid_from}{until}"),
    ]
    return [fact for fact in facts if fact[1] not in {None, ""}]


def answer(
    at: Desk, customer: int, item: int, quantity: int, unit: int | None, *, day: dt.date, currency: str | None
) -> Sheet:
    """The price that holds, in one row, or none."""
    columns = [
        *(Column("price", numeric=True), Column("discount", numeric=True), Column("currency"), Column("price_list")),
        *(Column("for"), Column("from_quantity", numeric=True), Column("of"), Column("base")),
    ]
    known = selling_prices.load(at.company.pk, customer, day, items=[item], currency=currency)
    found = known.price(item, quantity, unit)
    if found is None:
        raise Refusal(
            "price.unknown",
            f"No price list has a price for this customer, item and quantity in {known.currency} on {day}.",
            "Set one with `everstock price-list set`, or ask for another day or quantity.",
        )
    row: list[object] = [
        *(price(found.unit_price, CURRENCIES[known.currency][1]), _percent(found.discount) if found.base else None),
        *(known.currency, found.code, found.audience.value),
        format_quantity(found.offer.from_quantity) if found.offer.from_quantity else None,
        *("category" if found.offer.nearness else "item", found.base),
    ]
    return columns, [row]
