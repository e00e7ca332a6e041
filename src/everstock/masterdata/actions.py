"""The verbs of master data. Moments are passed in; what cannot be done is a ``Refusal`` and changes nothing.

The ``ensure_*`` verbs serve imports in chunks: given codes, they return the ids and create what is missing, with one statement
for what is there and one for what is not (see ``bulk``).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from django.db import connection, transaction

from everstock.core.facts import Method
from everstock.core.posting import STOCK_KINDS, LocationKind, Role
from everstock.core.problems import Refusal
from everstock.masterdata.bulk import Columns, ensure, find_lots, insert, refuse_bad_code
from everstock.masterdata.currencies import CURRENCIES, check_currency
from everstock.masterdata.defaults import ACCOUNT_OF, CHART, DEFAULT_UNIT, VIRTUAL_LOCATIONS
from everstock.masterdata.models import (
    Account,
    Barcode,
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Location,
    Period,
    PostingRule,
    Purpose,
    Scope,
    Tracking,
    Unit,
)

_DAY = dt.timedelta(days=1)
_Word = TypeVar("_Word", bound=StrEnum)


def _word(values: type[_Word], value: str, code: str, what: str) -> _Word:
    try:
        return values(value)
    except ValueError:
        known = ", ".join(values)
        raise Refusal(code, f"“{value}” is not a {what}.", f"Use one of: {known}.") from None


def currency(code: str) -> Currency:
    """Return a currency of ISO 4217, stored if it was not; refuse an unknown code (``currency.unknown``)."""
    check_currency(code)
    name, digits = CURRENCIES[code]
    return Currency.objects.get_or_create(code=code, defaults={"name": name, "digits": digits})[0]


def _ensure_currencies() -> None:
    rows = [Currency(code=code, name=name, digits=digits) for code, (name, digits) in CURRENCIES.items()]
    Currency.objects.bulk_create(rows, ignore_conflicts=True)


# ---------------------------------------------------------------------------------------------------------------------
# Companies


@transaction.atomic
def create_company(
    *,
    code: str,
    name: str,
    currency_code: str,
    created_at: dt.datetime,
    method: str = Method.FIFO,
    scope: str = Scope.ITEM,
    negative_stock: bool = False,
    language: str = "",
) -> Company:
    """Create a company with its chart of accounts, posting rules, virtual locations and default unit.

    Refused: a bad or taken code (``code.invalid``, ``company.exists``), an unknown currency, method or scope.
    """
    refuse_bad_code(code, "company")
    _word(Method, method, "method.unknown", "costing method")
    _word(Scope, scope, "scope.unknown", "costing scope")
    _ensure_currencies()
    company, created = Company.objects.get_or_create(
        code=code,
        defaults={
            "name": name or code,
            "currency": currency(currency_code),
            "method": str(method),
            "scope": str(scope),
            "negative_stock": negative_stock,
            "language": language,
            "created_at": created_at,
        },
    )
    if not created:
        raise Refusal("company.exists", f"There is already a company {code}.", "Choose another code.")
    _create_defaults(company)
    return company


def _create_defaults(company: Company) -> None:
    Unit.objects.create(company=company, code=DEFAULT_UNIT[0], name=DEFAULT_UNIT[1])
    Location.objects.bulk_create(
        Location(company=company, code=code, name=name, kind=kind.value)
        for kind, (code, name) in VIRTUAL_LOCATIONS.items()
    )
    accounts = Account.objects.bulk_create(
        Account(company=company, code=code, name=name, type=kind.value) for code, name, kind in CHART
    )
    by_code = {account.code: account for account in accounts}
    PostingRule.objects.bulk_create(
        PostingRule(company=company, role=role.value, account=by_code[code]) for role, code in ACCOUNT_OF.items()
    )


# ---------------------------------------------------------------------------------------------------------------------
# Codes to ids, in bulk


def ensure_units(*, company: Company, codes: Collection[str]) -> dict[str, int]:
    """Return the id of every unit of ``codes``, creating the missing ones."""
    return ensure("unit", "code", company, codes, lambda new: {"name": ("text", [""] * len(new))})


def ensure_categories(*, company: Company, codes: Collection[str]) -> dict[str, int]:
    """Return the id of every item category of ``codes``, creating the missing ones at the top of the tree."""
    return ensure("item_category", "code", company, codes, lambda new: {"name": ("text", [""] * len(new))})


def ensure_items(
    *,
    company: Company,
    skus: Collection[str],
    base_units: Mapping[str, str] | None = None,
    lot_tracked: Collection[str] = (),
) -> dict[str, int]:
    """Return the id of every item of ``skus``, creating the missing ones without name.

    A new item's base unit is ``base_units[sku]`` (a unit's code; created too) or the default unit; it is tracked by lot if
    it is in ``lot_tracked``. Existing items stay as they are.
    """

    def columns(new: list[str]) -> Columns:
        codes = [(base_units or {}).get(sku) or DEFAULT_UNIT[0] for sku in new]
        units = ensure_units(company=company, codes=set(codes))
        return {
            "name": ("text", [""] * len(new)),
            "base_unit_id": ("int", [units[code] for code in codes]),
            "tracking": ("text", [str(Tracking.LOT if sku in lot_tracked else Tracking.NONE) for sku in new]),
            "active": ("bool", [True] * len(new)),
        }

    return ensure("item", "sku", company, skus, columns)


def ensure_locations(
    *, company: Company, codes: Collection[str], kind: str = LocationKind.INTERNAL, purpose: str = Purpose.WAREHOUSE
) -> dict[str, int]:
    """Return the id of every location of ``codes``, creating the missing ones at the top of the tree (so each is a warehouse).

    Existing locations are returned whatever their kind is.
    """
    _word(LocationKind, kind, "location.kind_unknown", "kind of location")

    def columns(new: list[str]) -> Columns:
        return {
            "name": ("text", [""] * len(new)),
            "kind": ("text", [str(kind)] * len(new)),
            "purpose": ("text", [str(purpose) if kind in STOCK_KINDS else ""] * len(new)),
            "active": ("bool", [True] * len(new)),
        }

    return ensure("location", "code", company, codes, columns)


def ensure_partners(
    *, company: Company, codes: Collection[str], is_supplier: bool = False, is_customer: bool = False
) -> dict[str, int]:
    """Return the id of every partner of ``codes``, creating the missing ones; all of them are then (also) what is said here."""

    def columns(new: list[str]) -> Columns:
        return {
            "name": ("text", [""] * len(new)),
            "is_supplier": ("bool", [is_supplier] * len(new)),
            "is_customer": ("bool", [is_customer] * len(new)),
        }

    found = ensure("partner", "code", company, codes, columns)
    for flag, wanted in (("is_supplier", is_supplier), ("is_customer", is_customer)):
        if wanted and found:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE partner SET {flag} = true WHERE id = ANY(%s) AND NOT {flag}", [list(found.values())]
                )
    return found


def ensure_lots(*, lots: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the id of every (item id, lot code), creating the missing ones without dates."""
    wanted = set(lots)
    for _, code in wanted:
        refuse_bad_code(code, "lot")
    found = find_lots(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        columns: Columns = {"item_id": ("int", [i for i, _ in missing]), "code": ("text", [c for _, c in missing])}
        found |= {(int(str(item)), str(code)): key for item, code, key in insert("lot", columns, "item_id, code")}
        found |= find_lots(wanted - found.keys())
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Single rows


def add_barcode(*, item: Item, code: str, unit: Unit | None = None) -> Barcode:
    """Let ``code`` stand for ``item`` (in ``unit``, or in its base unit); again is no error.

    Refused: a bad code, a code of another item or unit (``barcode.taken``), a unit without conversion (``unit.no_conversion``).
    """
    refuse_bad_code(code, "barcode")
    if unit is not None and unit.pk == item.base_unit_id:
        unit = None
    if unit is not None and not ItemUnit.objects.filter(item=item, unit=unit).exists():
        raise Refusal(
            "unit.no_conversion",
            f"Item {item.sku} has no conversion from {unit.code} to its base unit.",
            "Add the conversion first.",
        )
    barcode, _ = Barcode.objects.get_or_create(
        company_id=item.company_id, code=code, defaults={"item": item, "unit": unit}
    )
    if (barcode.item_id, barcode.unit_id) != (item.pk, unit.pk if unit else None):
        raise Refusal(
            "barcode.taken",
            f"The barcode {code} already stands for item {barcode.item.sku}"
            + (f" in {barcode.unit.code}." if barcode.unit else "."),
            "Use another barcode, or remove that one first.",
        )
    return barcode


def set_exchange_rate(*, company: Company, currency_code: str, day: dt.date, rate: int) -> ExchangeRate:
    """From ``day`` on, one unit of the currency is worth ``rate`` * 10^-9 of the company's; replaces a rate of that day.

    Refused: an unknown currency, the company's own (``rate.own_currency``), a rate that is not positive (``rate.invalid``).
    """
    if currency_code == company.currency_id:
        raise Refusal(
            "rate.own_currency",
            f"{currency_code} is the company's own currency.",
            "Set rates for other currencies only.",
        )
    if not 0 < rate < 10**18:
        raise Refusal("rate.invalid", "An exchange rate must be above zero and below 10^9.", "Check the number.")
    return ExchangeRate.objects.update_or_create(
        company=company, currency=currency(currency_code), day=day, defaults={"rate": rate}
    )[0]


def set_posting_rule(
    *,
    company: Company,
    role: str,
    account: Account,
    category: ItemCategory | None = None,
    location: Location | None = None,
) -> PostingRule:
    """Let ``account`` play ``role`` for items of ``category`` at ``location``; replaces the rule of the same three.

    Refused: an unknown role (``role.unknown``), an inactive account (``account.inactive``), anything of another company.
    """
    _word(Role, role, "role.unknown", "posting role")
    for row, what in ((account, "account"), (category, "category"), (location, "location")):
        if row is not None and row.company_id != company.pk:
            raise Refusal(
                f"{what}.other_company", f"The {what} {row} belongs to another company.", f"Use a {what} of {company}."
            )
    if not account.active:
        raise Refusal(
            "account.inactive", f"Account {account.code} is inactive.", "Use an active account, or activate it."
        )
    return PostingRule.objects.update_or_create(
        company=company, role=str(role), category=category, location=location, defaults={"account": account}
    )[0]


# ---------------------------------------------------------------------------------------------------------------------
# Periods: the ledger holds a lock on the company while it calls these; they write period rows and nothing else.
# Locks have no holes: locking closes everything up to a day, unlocking opens everything from a day on. A period that lies
# across that day is divided.


@transaction.atomic
def lock_periods(*, company: Company, through: dt.date) -> None:
    """Lock every day up to and including ``through``, also those that belonged to no period yet.

    The first period then begins at the earliest day there is, so that nothing can be dated before it.
    """
    if through >= dt.date.max:
        raise Refusal("period.day", "The last day of the calendar cannot be locked.", "Choose an earlier day.")
    _divide(company, through + _DAY)
    periods = Period.objects.filter(company=company, ends_on__lte=through)
    periods.update(locked=True)
    start = dt.date.min
    gaps = []
    for period in periods.order_by("starts_on"):
        if start < period.starts_on:
            gaps.append(Period(company=company, starts_on=start, ends_on=period.starts_on - _DAY, locked=True))
        start = period.ends_on + _DAY
    if start <= through:
        gaps.append(Period(company=company, starts_on=start, ends_on=through, locked=True))
    Period.objects.bulk_create(gaps)


@transaction.atomic
def unlock_periods(*, company: Company, from_: dt.date) -> None:
    """Unlock every day from ``from_`` on."""
    _divide(company, from_)
    Period.objects.filter(company=company, starts_on__gte=from_).update(locked=False)


def _divide(company: Company, day: dt.date) -> None:
    """Make ``day`` the first day of a period if it lies inside one."""
    across = Period.objects.filter(company=company, starts_on__lt=day, ends_on__gte=day).first()
    if across is None:
        return
    end, across.ends_on = across.ends_on, day - _DAY
    across.save(update_fields=["ends_on"])
    Period.objects.create(company=company, starts_on=day, ends_on=end, locked=across.locked)
