"""Codes to ids and back, for one company. Unknown codes are refused with what may have been meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

from django.db import models

from everstock.core.posting import STOCK_KINDS
from everstock.core.problems import Refusal
from everstock.masterdata.models import Account, Company, Item, ItemCategory, Location, Lot, Partner

_ENOUGH = 20_000
"""Codes among which a near match is looked for."""


class AccountName(NamedTuple):
    """What an account is called, and its type."""

    code: str
    name: str
    type: str


class Names:
    """Names of a company, each kind loaded when it is first asked for. Id ``None`` or 0 has the empty name."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.lots: dict[int | None, str] = {None: "", 0: ""}

    @cached_property
    def items(self) -> dict[int, str]:
        return dict(Item.objects.filter(company=self.company).values_list("id", "sku"))

    @cached_property
    def categories(self) -> dict[int, str]:
        """Codes of the categories of items, by item; empty for an item without."""
        codes = dict(ItemCategory.objects.filter(company=self.company).values_list("id", "code"))
        listed = Item.objects.filter(company=self.company).values_list("id", "category_id")
        return {item: codes.get(category, "") for item, category in listed}

    @cached_property
    def locations(self) -> dict[int | None, str]:
        return {None: "", **dict(Location.objects.filter(company=self.company).values_list("id", "code"))}

    @cached_property
    def partners(self) -> dict[int | None, str]:
        return {None: "", **dict(Partner.objects.filter(company=self.company).values_list("id", "code"))}

    @cached_property
    def accounts(self) -> dict[int, AccountName]:
        listed = Account.objects.filter(company=self.company).values_list("id", "code", "name", "type")
        return {key: AccountName(*rest) for key, *rest in listed}

    def lot(self, lot: int | None) -> str:
        """The code of a lot whose item's lots were asked for before with ``know_lots``."""
        return self.lots[lot]

    def know_lots(self, lots: Iterable[int | None]) -> None:
        """Load the codes of these lots."""
        missing = {lot for lot in lots if lot} - self.lots.keys()
        if missing:
            self.lots.update(dict(Lot.objects.filter(id__in=missing).values_list("id", "code")))

    # --- from what a person wrote

    def item(self, sku: str) -> int:
        """The id of an item."""
        return self._id(Item.objects.all(), "sku", sku, "item")

    def account(self, code: str) -> int:
        """The id of an account."""
        return self._id(Account.objects.all(), "code", code, "account")

    def partner(self, code: str) -> int:
        """The id of a partner."""
        return self._id(Partner.objects.all(), "code", code, "partner")

    def places(self, code: str) -> frozenset[int]:
        """The ids of a location that holds stock and of all locations below it."""
        stocked = Location.objects.filter(kind__in=[kind.value for kind in STOCK_KINDS])
        top = self._id(stocked, "code", code, "location")
        children: dict[int | None, list[int]] = {}
        for key, parent in stocked.filter(company=self.company).values_list("id", "parent_id"):
            children.setdefault(parent, []).append(key)
        found, waiting = set[int](), [top]
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting.extend(children.get(place, ()))
        return frozenset(found)

    def _id(self, rows: "models.QuerySet[models.Model]", field: str, code: str, what: str) -> int:
        own = rows.filter(company=self.company)
        found = own.filter(**{field: code}).values_list("id", flat=True).first()
        if found is None:
            near = _near(code, own.values_list(field, flat=True)[:_ENOUGH])
            remedy = f"Did you mean {' or '.join(near)}?" if near else f"Check the code of the {what}."
            raise Refusal(f"{what.replace(' ', '_')}.unknown", f"There is no {what} {code}.", remedy)
        return int(found)


def _near(code: str, codes: Iterable[str]) -> list[str]:
    """Up to three codes that look like this one, whatever their case."""
    by_fold: dict[str, str] = {}
    for known in codes:
        by_fold.setdefault(known.casefold(), known)
    return [by_fold[fold] for fold in get_close_matches(code.casefold(), by_fold, n=3, cutoff=0.6)]
