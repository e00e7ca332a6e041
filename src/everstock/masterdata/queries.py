"""Answers about master data, loaded once and asked many times."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from everstock.core.posting import LocationKind, Role
from everstock.masterdata.defaults import VIRTUAL_LOCATIONS
from everstock.masterdata.models import (
    Company,
    ExchangeRate,
    ItemCategory,
    Location,
    Period,
    PostingRule,
    Purpose,
    Scope,
)


class Tree:
    """Rows with parents. ``parents``: id to the parent's id, or ``None`` at the top."""

    def __init__(self, parents: Mapping[int, int | None]) -> None:
        self._parents = dict(parents)
        self._paths: dict[int, tuple[int, ...]] = {}

    def path(self, node: int | None) -> tuple[int, ...]:
        """Return ``node``, its parent, and so on up to the top; empty for ``None``. ``KeyError`` if it is unknown."""
        if node is None:
            return ()
        found = self._paths.get(node)
        if found is None:
            found = self._paths[node] = tuple(self._climb(node))
        return found

    def _climb(self, node: int) -> Iterator[int]:
        seen: set[int] = set()
        at: int | None = node
        while at is not None and at not in seen:
            yield at
            seen.add(at)
            at = self._parents[at]


class LocationTree(Tree):
    """A company's locations. ``rows``: id to (parent's id or ``None``, kind).

    ``apart``: ids of those whose goods share their cost with no others; ``held``: of those whose goods are held for quality.
    """

    def __init__(
        self, rows: Mapping[int, tuple[int | None, str]], apart: Collection[int] = (), held: Collection[int] = ()
    ) -> None:
        super().__init__({key: parent for key, (parent, _) in rows.items()})
        self._kinds = {key: LocationKind(kind) for key, (_, kind) in rows.items()}
        self.apart = frozenset(apart)
        self.held = frozenset(held)

    def kind(self, location: int) -> LocationKind:
        """Return the kind of ``location``; ``KeyError`` if it is unknown."""
        return self._kinds[location]

    def warehouse(self, location: int) -> int:
        """Return the topmost ancestor of the same kind, possibly ``location`` itself."""
        kind = self._kinds[location]
        return [place for place in self.path(location) if self._kinds[place] is kind][-1]

    def cost_group(self, location: int, scope: Scope) -> int:
        """Return the location whose goods share one cost with those at ``location``: its warehouse, or 0 where all places do.

        Goods of a drop shipment were bought for whom they are sent to, so they share their cost with none that lie here.
        """
        if location in self.apart:
            return location
        return self.warehouse(location) if scope is Scope.ITEM_LOCATION else 0


@dataclass(frozen=True, slots=True)
class PostingRules:
    """A company's posting rules. ``rules``: (role, category or ``None``, location or ``None``) to account."""

    rules: Mapping[tuple[str, int | None, int | None], int]

    def account(self, role: Role, category_path: Sequence[int] = (), location_path: Sequence[int] = ()) -> int | None:
        """Return the account that plays ``role``, or ``None`` if no rule says so.

        The paths run from the item's category and the location up to the top, as ``Tree.path`` gives them. The first rule that
        exists wins, in this order:

        1. for category and location: nearest category first, and for each category the nearest location first;
        2. for a category everywhere: nearest first;
        3. for a location and all items: nearest first;
        4. the company's default.
        """
        candidates: Iterator[tuple[str, int | None, int | None]] = chain(
            ((role, category, location) for category in category_path for location in location_path),
            ((role, category, None) for category in category_path),
            ((role, None, location) for location in location_path),
            ((role, None, None),),
        )
        return next((self.rules[key] for key in candidates if key in self.rules), None)


def location_tree(company: Company) -> LocationTree:
    """Load the company's locations: one query."""
    rows = list(Location.objects.filter(company=company).values_list("id", "parent_id", "kind", "purpose"))
    apart = [key for key, _, _, purpose in rows if purpose == Purpose.DROP_SHIP]
    held = [key for key, _, _, purpose in rows if purpose == Purpose.QUALITY]
    return LocationTree({key: (parent, kind) for key, parent, kind, _ in rows}, apart, held)


def category_tree(company: Company) -> Tree:
    """Load the company's item categories: one query."""
    return Tree(dict(ItemCategory.objects.filter(company=company).values_list("id", "parent_id")))


def posting_rules(company: Company) -> PostingRules:
    """Load the company's posting rules: one query."""
    rows = PostingRule.objects.filter(company=company).values_list("role", "category_id", "location_id", "account_id")
    return PostingRules({(role, category, location): account for role, category, location, account in rows})


def virtual_locations(company: Company) -> dict[LocationKind, int]:
    """Return the id of the company's own location of each virtual kind (and of transit)."""
    kind_of = {code: kind for kind, (code, _) in VIRTUAL_LOCATIONS.items()}
    rows = Location.objects.filter(company=company, code__in=kind_of).values_list("code", "id", "kind")
    return {kind_of[code]: key for code, key, kind in rows if kind == kind_of[code]}


def exchange_rate(company: Company, currency: str, day: dt.date) -> int | None:
    """Return the rate (10^-9 company currency per unit) that holds on ``day``: the latest set for it or before; or ``None``."""
    known = ExchangeRate.objects.filter(company=company, currency_id=currency, day__lte=day)
    return known.order_by("-day").values_list("rate", flat=True).first()


def locked_through(company: Company) -> dt.date | None:
    """Return the last locked day, or ``None``. Locks have no holes: every day up to it is locked, every later one open."""
    locked = Period.objects.filter(company=company, locked=True).order_by("-ends_on")
    return locked.values_list("ends_on", flat=True).first()
