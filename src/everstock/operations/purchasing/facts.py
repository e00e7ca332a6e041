"""What an order needs to know before it is written: one statement, nothing locked."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from everstock.core.lead_times import Calendar, usual_lead_time
from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.operations.documents.amounts import known_rate, minor_per_major
from everstock.operations.documents.lines import ItemFacts, Place, Tax


class Terms(NamedTuple):
    """A supplier's terms as in ``models.SupplierTerms``; the defaults are those of a supplier without any."""

    payment_days: int = 0
    discount_days: int = 0
    discount: int = 0
    incoterm: str = ""
    lead_time: int = 0
    learned_days: int = 0
    learned_count: int = 0
    closed_weekdays: int = 0
    tax_code: int | None = None
    over_tolerance: int = 0
    under_tolerance: int = 0
    price_tolerance: int = 0


class Offer(NamedTuple):
    """An item as the supplier sells it: one of its unit is ``numerator / denominator`` base units.

    ``prices``: (from quantity, unit price) that are valid on the day in the currency of the order, the one to take first.
    """

    item: int
    code: str
    numerator: int
    denominator: int
    minimum_quantity: int
    multiple: int
    lead_time: int | None
    prices: list[tuple[int, int]] | None

    def price(self, base_quantity: int) -> int | None:
        """Return the price of the supplier's unit when this much (10^-6 base units) is bought, or ``None``."""
        for from_quantity, unit_price in self.prices or ():
            if base_quantity * self.denominator >= from_quantity * self.numerator:
                return unit_price
        return None


class Facts(NamedTuple):
    """What was asked for; what does not exist in the company is missing. ``rate`` in 10^-9 of the company's currency."""

    supplier: str
    currency: str
    company_currency: str
    rate: int
    terms: Terms
    calendar: Calendar
    items: dict[int, ItemFacts]
    factors: dict[tuple[int, int], tuple[int, int]]
    offers: dict[int, Offer]
    locations: dict[int, Place]
    taxes: dict[int, Tax]
    accounts: dict[int, tuple[str, bool]]
    ids: list[int]
    request: list[Any] | None

    @property
    def minor_per_major(self) -> int:
        """Minor units in a major one of the order's currency."""
        return minor_per_major(self.currency)

    def lead_time(self, item: int | None) -> int:
        """Return the days the supplier takes for ``item``: set for the item, else learned, else promised."""
        offer = None if item is None else self.offers.get(item)
        if offer is not None and offer.lead_time is not None:
            return offer.lead_time
        return usual_lead_time(self.terms.lead_time, self.terms.learned_days, self.terms.learned_count)


_READ = Statement(
    "SELECT purchase_read($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    *("int", "int", "date", "text", "int[]", "int[]", "int[]", "int[]", "int[]", "int", "text"),
)


def load(
    company_id: int,
    supplier: int,
    day: dt.date,
    *,
    currency: str | None = None,
    items: Iterable[int] = (),
    units: Iterable[int] = (),
    locations: Iterable[int] = (),
    tax_codes: Iterable[int] = (),
    accounts: Iterable[int] = (),
    new_ids: int = 0,
    key: str | None = None,
) -> Facts:
    """Return what holds on ``day`` for an order to ``supplier`` in ``currency`` (``None``: the one we trade in with it).

    Refused: no such supplier (``supplier.unknown``), a partner that is none (``supplier.not_one``), a currency that is unknown
    (``currency.unknown``) or without an exchange rate on that day (``rate.missing``).
    """
    wanted = [sorted(set(some)) for some in (items, units, locations, tax_codes, accounts)]
    (answer,) = _READ.run(company_id, supplier, day, currency, *map(integers, wanted), new_ids, key)
    return understood(json.loads(answer or ""), day)


def understood(found: dict[str, Any], day: dt.date) -> Facts:
    """Return what the SQL function ``purchase_read`` answered for ``day``, as records. Refused: as ``load``."""
    _check(found)
    terms = Terms(*found["terms"] or ())
    holidays = frozenset(dt.date.fromisoformat(holiday) for holiday in found["holidays"] or ())
    own = found["company_currency"]
    return Facts(
        supplier=found["supplier"][0],
        currency=found["currency"],
        company_currency=own,
        rate=known_rate(found["currency"], own, found["rate"], day),
        terms=terms,
        calendar=Calendar(terms.closed_weekdays, holidays),
        items={one[0]: ItemFacts(*one) for one in found["items"] or ()},
        factors={(one[0], one[1]): (one[2], one[3]) for one in found["factors"] or ()},
        offers={one[0]: Offer(*one) for one in found["offers"] or ()},
        locations={one[0]: Place(*one) for one in found["locations"] or ()},
        taxes={one[0]: Tax(*one) for one in found["taxes"] or ()},
        accounts={one[0]: (one[1], one[2]) for one in found["accounts"] or ()},
        ids=found["ids"] or [],
        request=found["request"],
    )


def _check(found: dict[str, Any]) -> None:
    if found["supplier"] is None:
        raise Refusal("supplier.unknown", "There is no such supplier in this company.", "Create the supplier first.")
    code, is_supplier = found["supplier"]
    if not is_supplier:
        raise Refusal("supplier.not_one", f"{code} is not a supplier.", "Mark the partner as a supplier first.")
