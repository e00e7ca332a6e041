"""Suppliers as tables: who there is, what was agreed, what they sell at which prices."""

from collections.abc import Sequence

from everstock.core.lead_times import LEARNED_FROM, usual_lead_time
from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.figures import price
from everstock.interfaces.cli.output import Column
from everstock.interfaces.cli.words import weekdays
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.models import Company, Partner
from everstock.operations.purchasing.models import SupplierHoliday, SupplierItem, SupplierPrice, SupplierTerms

Sheet = tuple[list[Column], list[list[object]]]


def suppliers(company: Company) -> Sheet:
    """All suppliers of a company, by code."""
    columns = [
        *(Column("supplier"), Column("name"), Column("currency"), Column("payment_days", numeric=True)),
        *(Column("incoterm"), Column("lead_time", numeric=True), Column("learned", numeric=True), Column("tax_code")),
    ]
    known = {
        terms.partner_id: terms
        for terms in SupplierTerms.objects.filter(partner__company=company).select_related("tax_code")
    }
    rows: list[list[object]] = []
    for partner in Partner.objects.filter(company=company, is_supplier=True).order_by("code"):
        terms = known.get(partner.pk) or SupplierTerms(partner=partner)
        rows.append(
            [
                *(partner.code, partner.name, partner.currency_id or company.currency_id, terms.payment_days),
                *(terms.incoterm, terms.lead_time, _learned(terms), terms.tax_code),
            ]
        )
    return columns, rows


def _learned(terms: SupplierTerms) -> int | None:
    """The lead time that receipts taught, once there are enough of them."""
    if terms.learned_count < LEARNED_FROM:
        return None
    return usual_lead_time(terms.lead_time, terms.learned_days, terms.learned_count)


def terms_of(partner: Partner) -> list[Sequence[object]]:
    """What was agreed with a supplier, as (what, how)."""
    found = SupplierTerms.objects.filter(partner=partner).select_related("tax_code").first()
    terms = found or SupplierTerms(partner=partner)
    holidays = SupplierHoliday.objects.filter(partner=partner).order_by("day").values_list("day", "name")
    learned = _learned(terms)
    facts: list[Sequence[object]] = [
        ("name", partner.name),
        ("currency", partner.currency_id or partner.company.currency_id),
        ("payment days", terms.payment_days),
        ("discount days", terms.discount_days),
        ("discount", _percent(terms.discount)),
        ("incoterm", terms.incoterm),
        ("lead time promised", terms.lead_time),
        ("lead time learned", "" if learned is None else f"{learned} from {terms.learned_count} deliveries"),
        ("over tolerance", _percent(terms.over_tolerance)),
        ("under tolerance", _percent(terms.under_tolerance)),
        ("price tolerance", _percent(terms.price_tolerance)),
        ("tax code", terms.tax_code),
        ("closed on", weekdays(terms.closed_weekdays)),
        ("holidays", ", ".join(f"{day} {name}".rstrip() for day, name in holidays)),
    ]
    return [fact for fact in facts if fact[1] not in {None, ""}]


def _percent(fraction: int) -> str:
    return f"{format_quantity(fraction * 100)}%"


def offers(partner: Partner, *, prices: bool) -> Sheet:
    """The items of a supplier, one row for each price (or one for an item without any); without ``prices`` one for each item."""
    columns = [
        *(Column("item"), Column("code"), Column("barcode"), Column("unit"), Column("minimum", numeric=True)),
        *(Column("multiple", numeric=True), Column("lead_time", numeric=True), Column("preferred")),
    ]
    priced = [
        *(Column("from_quantity", numeric=True), Column("price", numeric=True), Column("currency")),
        *(Column("valid_from"), Column("valid_to")),
    ]
    sold = SupplierItem.objects.filter(partner=partner).select_related("item__base_unit", "unit").order_by("item__sku")
    by_item: dict[int, list[SupplierPrice]] = {}
    if prices:
        found = SupplierPrice.objects.filter(supplier_item__partner=partner)
        for row in found.order_by("currency_id", "from_quantity", "valid_from"):
            by_item.setdefault(row.supplier_item_id, []).append(row)
    rows: list[list[object]] = []
    for one in sold:
        unit = one.item.base_unit.code if one.unit is None else one.unit.code
        quantities = (format_quantity(value) if value else None for value in (one.minimum_quantity, one.multiple))
        preferred = "yes" if one.preferred else ""
        row_of: list[object] = [one.item.sku, one.code, one.barcode, unit, *quantities, one.lead_time, preferred]
        known = by_item.get(one.pk, [])
        rows += [[*row_of, *_price(each)] for each in known]
        if not known:
            rows.append([*row_of, *([None] * len(priced) if prices else [])])
    return [*columns, *(priced if prices else [])], rows


def _price(row: SupplierPrice) -> list[object]:
    digits = CURRENCIES[row.currency_id][1]
    return [
        format_quantity(row.from_quantity) if row.from_quantity else None,
        price(row.unit_price, digits),
        *(row.currency_id, row.valid_from, row.valid_to),
    ]
