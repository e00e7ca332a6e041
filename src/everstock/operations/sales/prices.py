"""Which price holds for a customer, a day and a quantity, and why."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.masterdata.currencies import check_currency


class Audience(StrEnum):
    """For whom a price list is, the nearest first."""

    CUSTOMER = "customer"
    GROUP = "group"
    EVERYBODY = "everybody"


_AUDIENCES = tuple(Audience)


class Listed(NamedTuple):
    """A price list. ``audience``: place in ``Audience``, ``None``: it is not for this customer, and only the base of one that is."""

    id: int
    code: str
    audience: int | None
    base: int | None


class Offer(NamedTuple):
    """An entry of a list, for an item. ``nearness``: 0 of the item itself, 1 of its category, 2 of the one above, and so on."""

    entry: int
    price_list: int
    nearness: int
    unit: int | None
    from_quantity: int
    unit_price: int | None
    discount: int | None


class Price(NamedTuple):
    """What one of a unit costs: ``unit_price`` in 10^-6 of the major unit, before ``discount`` (a fraction of 10^-6).

    Why: ``price_list`` and ``code`` say which list it is from, ``audience`` for whom that is, ``offer`` what it says there; ``base`` is the code
    of the list whose price it is that the discount is off.
    """

    unit_price: int
    discount: int
    price_list: int
    code: str
    audience: Audience
    offer: Offer
    base: str = ""


class Prices(NamedTuple):
    """The prices of some items for one customer on one day, in ``currency``.

    ``items``: id to (sku, base unit); ``factors``: (item, unit) to (numerator, denominator). The offers of an item stand in the order in
    which they are asked: for the customer before for its group before for everybody; of the item before of its category before of those
    above; in the unit of the line before in the base unit; from the higher quantity; of the list of the lower rank; of the later first day.
    """

    currency: str
    lists: dict[int, Listed]
    offers: dict[int, list[Offer]]
    items: dict[int, tuple[str, int]]
    factors: dict[tuple[int, int], tuple[int, int]]

    def price(self, item: int, quantity: int, unit: int | None = None) -> Price | None:
        """Return the price of ``quantity`` (10^-6 of ``unit``; ``None``: the base unit) of an item, or ``None`` if no list has one.

        A price of the base unit is rounded half up, once, to one of the line's unit. Refused: ``item.unknown``, ``unit.no_conversion``.
        """
        if item not in self.items:
            raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
        asked = _Asked(quantity, *self._unit(item, unit))
        offers = self.offers.get(item, ())
        for offer in offers:
            listed = self.lists[offer.price_list]
            if listed.audience is None or not asked.fits(offer):
                continue
            where = (listed.id, listed.code, _AUDIENCES[listed.audience], offer)
            unit_price = asked.unit_price(offer)
            if unit_price is not None:
                return Price(unit_price, 0, *where)
            of_base = (asked.unit_price(one) for one in offers if one.price_list == listed.base and asked.fits(one))
            unit_price = next((found for found in of_base if found is not None), None)
            if unit_price is not None and listed.base is not None:
                return Price(unit_price, offer.discount or 0, *where, self.lists[listed.base].code)
        return None

    def _unit(self, item: int, unit: int | None) -> tuple[int, int, int]:
        sku, base_unit = self.items[item]
        if unit is None or unit == base_unit:
            return base_unit, 1, 1
        factor = self.factors.get((item, unit))
        if factor is None:
            raise Refusal(
                "unit.no_conversion",
                f"Item {sku} has no conversion from that unit to its base unit.",
                "Add the conversion first.",
            )
        return unit, *factor


class _Asked(NamedTuple):
    """A quantity in a unit of ``numerator / denominator`` base units."""

    quantity: int
    unit: int
    numerator: int
    denominator: int

    def fits(self, offer: Offer) -> bool:
        """Whether the offer is for this unit, and this much of it."""
        if offer.unit is None:
            return self.quantity * self.numerator >= offer.from_quantity * self.denominator
        return offer.unit == self.unit and self.quantity >= offer.from_quantity

    def unit_price(self, offer: Offer) -> int | None:
        """The price that an offer that fits gives for one of this unit."""
        if offer.unit_price is None or offer.unit is not None:
            return offer.unit_price
        return round_half_up(offer.unit_price * self.numerator, self.denominator)


_READ = Statement("SELECT sales_prices($1, $2, $3, $4, $5)", "int", "int", "date", "text", "int[]")


def load(
    company_id: int, customer: int | None, day: dt.date, *, items: Collection[int], currency: str | None = None
) -> Prices:
    """Return the prices of ``items`` on ``day`` for a customer (``None``: for nobody in particular) in ``currency``: one statement.

    ``currency``: ``None`` for the one in which we trade with the customer, else the company's. Items of which nothing is known are missing.
    Refused: ``customer.unknown``, ``customer.not_one``, ``currency.unknown``.
    """
    (answer,) = _READ.run(company_id, customer, day, currency, integers(sorted(set(items))))
    found = json.loads(answer or "")
    if customer is not None:
        check_customer(found["customer"])
    return understood(found)


def check_customer(found: tuple[str, bool] | None) -> None:
    """Refuse (``customer.unknown``, ``customer.not_one``) a partner that is no customer; ``found``: its code, and whether it is one."""
    if found is None:
        raise Refusal("customer.unknown", "There is no such customer in this company.", "Create the customer first.")
    code, is_customer = found
    if not is_customer:
        raise Refusal("customer.not_one", f"{code} is not a customer.", "Mark the partner as a customer first.")


def understood(found: Mapping[str, Any]) -> Prices:
    """Return what the SQL function ``sales_prices`` answered, as records. Refused: ``currency.unknown``."""
    check_currency(found["currency"])
    offers: dict[int, list[Offer]] = {}
    for item, *rest in found["offers"] or ():
        offers.setdefault(item, []).append(Offer(*rest))
    return Prices(
        currency=found["currency"],
        lists={one[0]: Listed(*one) for one in found["lists"] or ()},
        offers=offers,
        items={one[0]: (one[1], one[2]) for one in found["items"] or ()},
        factors={(one[0], one[1]): (one[2], one[3]) for one in found["factors"] or ()},
    )


def price(
    company_id: int,
    *,
    customer: int | None,
    item: int,
    quantity: int,
    day: dt.date,
    unit: int | None = None,
    currency: str | None = None,
) -> Price | None:
    """Return the price that holds for one item, as ``load`` and ``Prices.price`` do for many. Refused: what they refuse."""
    return load(company_id, customer, day, items=[item], currency=currency).price(item, quantity, unit)
