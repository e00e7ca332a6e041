"""What a posting process remembers of a company between postings: settings, places, rules, pools.

Everything here is read from the database and belongs to one ``settings_version``; a posting that finds another version
loads it anew. Nothing in it is ever the only copy.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from everstock.core.facts import INBOUND, Kind, Method, Policy, Pool
from everstock.core.posting import (
    PARTNER_OF,
    POSTING_TABLE,
    STOCK_KINDS,
    VALUE_ROLE,
    VALUED_KINDS,
    LocationKind,
    Role,
)
from everstock.core.problems import Refusal
from everstock.ledger import database
from everstock.ledger.lines import Line
from everstock.ledger.models import CompanyClock
from everstock.masterdata.models import Company, Location, Scope
from everstock.masterdata.queries import category_tree, location_tree, posting_rules, virtual_locations


class ItemInfo(NamedTuple):
    """What costing and posting need of an item."""

    standard_cost: int | None
    tracking: str
    category: int | None
    kind: str


class Accounts(NamedTuple):
    """The two locations of a line and its contra accounts (``contra_in`` only for a count's surplus)."""

    source: int | None
    target: int | None
    contra: int
    contra_in: int | None = None


_created: set[int] = set()
"""Ids of pools that this process created and has not seen committed. They are never used again, so those of a rollback may stay."""


def _committed(
    pools: dict[tuple[int, int, int], Pool | None], opened: dict[tuple[int, int, int], Pool | None], created: set[int]
) -> None:
    pools.update(opened)
    _created.difference_update(created)


POOL_ROLES = (Role.ALLOWANCE, Role.PRICE_DIFFERENCE, Role.TRANSFER)


class Books:
    """One company's settings and caches."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.reload()

    def reload(self) -> None:
        """Read everything anew; forget what was cached."""
        company = Company.objects.select_related("currency").get(pk=self.company_id)
        clock, _ = CompanyClock.objects.get_or_create(company_id=self.company_id)
        self.version = clock.settings_version
        self.code = company.code
        self.method = Method(company.method)
        self.scope = Scope(company.scope)
        self.negative_stock = company.negative_stock
        self.minor_per_major = company.currency.minor_per_major
        self.digits = company.currency.digits
        self.locations = location_tree(company)
        self.categories = category_tree(company)
        self.rules = posting_rules(company)
        self.virtual = virtual_locations(company)
        rows = Location.objects.filter(company=company).values_list("id", "code", "negative_stock")
        self.location_codes: dict[int, str] = {}
        self._guarded: dict[int, bool] = {}
        for key, code, negative in rows:
            allowed = self.negative_stock if negative is None else negative
            self.location_codes[key] = code
            self._guarded[key] = self.locations.kind(key) in STOCK_KINDS and not allowed
        self.may_go_negative = self.negative_stock or any(negative for _, _, negative in rows)
        self.stocked = frozenset(key for key in self.location_codes if self.locations.kind(key) in STOCK_KINDS)
        self.items: dict[int, ItemInfo] = {}
        self.pools: dict[tuple[int, int, int], Pool | None] = {}
        self._opened: dict[tuple[int, int, int], Pool | None] = {}
        self._accounts: dict[tuple[object, ...], Accounts] = {}
        self._contras: dict[tuple[Role, int | None, int | None], int] = {}
        self._journal_accounts: dict[int, str | None] = {}

    def guarded(self, location: int) -> bool:
        """Whether stock at ``location`` may not go below zero."""
        return self._guarded[location]

    def policy(self, info: ItemInfo) -> Policy:
        """How an item is costed."""
        return Policy(self.method, self.minor_per_major, info.standard_cost)

    def pool(self, item: int, location: int, lot: int | None) -> Pool | None:
        """The pool of a place, which must have been opened (see ``open_pools``); ``None`` if it carries no value."""
        key = item, location, self._pool_lot(lot)
        return self.pools[key] if key in self.pools else self._opened[key]

    def begin(self) -> None:
        """Begin a batch: pools found by one that was rolled back may not exist."""
        self._opened = {}

    def _pool_lot(self, lot: int | None) -> int:
        return (lot or 0) if self.method is Method.SPECIFIC else 0

    def open_pools(self, places: set[tuple[int, int, int | None]], items: Collection[int] = ()) -> None:
        """Make sure the pools of (item, location, lot) are known, creating those that do not exist.

        ``items``: all that will be locked, unless nobody else posts meanwhile.
        """
        wanted: dict[tuple[int, int, int], tuple[int, int, int, int]] = {}
        for item, location, lot in places:
            key = item, location, self._pool_lot(lot)
            if key in self.pools or key in self._opened:
                continue
            if self.locations.kind(location) not in VALUED_KINDS:
                self.pools[key] = None
                continue
            group = self.locations.cost_group(location, self.scope)
            wanted[key] = (item, self._inventory(item, location), group, key[2])
        if wanted:
            # before a pool is created: whoever keeps others out must not wait for one that we have not committed
            database.lock_company(self.company_id, exclusive=False)
            found, created = database.open_pools(self.company_id, self._with_roles(wanted), items)
            _created.update(created)
            pools, opened = self.pools, self._opened
            for key, pool_key in wanted.items():
                pool = found[pool_key]
                # what this process created may be rolled back; anything else that it can see is there for good
                (opened if pool.id in _created else pools)[key] = pool
            transaction.on_commit(lambda: _committed(pools, opened, created))

    def _with_roles(
        self, wanted: dict[tuple[int, int, int], tuple[int, int, int, int]]
    ) -> dict[tuple[int, int, int, int], tuple[int, int, int]]:
        rows = {}
        for (item, location, _), pool_key in wanted.items():
            allowance, difference, transfer = (self.account(role, item, location) for role in POOL_ROLES)
            rows[pool_key] = (allowance, difference, transfer)
        return rows

    def _inventory(self, item: int, location: int) -> int:
        in_transit = self.locations.kind(location) is LocationKind.TRANSIT
        return self.account(Role.IN_TRANSIT if in_transit else Role.INVENTORY, item, self.locations.warehouse(location))

    def account(self, role: Role, item: int, location: int | None) -> int:
        """The account that plays ``role`` for an item at a location; refused when there is none."""
        category = self.items[item].category
        key = role, category, location
        found = self._contras.get(key)
        if found is None:
            found = self.rules.account(role, self.categories.path(category), self.locations.path(location))
            if found is None:
                raise Refusal(
                    "account.missing",
                    f"No account is set for {role.value.replace('_', ' ')}.",
                    "Add a posting rule for it.",
                )
            self._contras[key] = found
        return found

    def carries_stock(self, account: int) -> str | None:
        """The code of an account that carries the value of stock, ``""`` for any other of the company's, ``None`` if it is not."""
        if account not in self._journal_accounts:
            self._journal_accounts[account] = database.stock_account(self.company_id, account)
        return self._journal_accounts[account]

    def accounts(self, line: Line) -> Accounts:
        """Where a physical or on-hand value line moves from and to, and its contra account."""
        category = self.items[line.item].category
        key = line.kind, category, line.location, line.to_location, line.partner_location, line.contra
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = self._find_accounts(line)
        return found

    def _find_accounts(self, line: Line) -> Accounts:
        location = line.location
        if location is None:
            raise Refusal("location.missing", "The line names no location.", "Name the location.")
        if line.kind in VALUE_ROLE:
            return Accounts(None, location, self._contra(line, VALUE_ROLE[line.kind]))
        if line.kind is Kind.TRANSFER:
            return self._transfer(line, location)
        self._refuse_partner_kind(location)
        if line.kind is Kind.COUNT:
            shortage = self._contra(line, Role.SHRINKAGE)
            surplus = line.contra or self.account(Role.STOCK_GAIN, line.item, location)
            return Accounts(self.virtual[LocationKind.LOSS], location, shortage, surplus)
        partner = line.partner_location or self.virtual[PARTNER_OF[line.kind]]
        source, target = (partner, location) if line.kind in INBOUND else (location, partner)
        return Accounts(source, target, self._contra(line, self._role(source, target)))

    def landed_cost(self, line: Line, location: int | None) -> int:
        """The account that a landed cost on a receipt at ``location`` is cleared through."""
        return self.account(Role.LANDED_COST, line.item, location)

    def _transfer(self, line: Line, source: int) -> Accounts:
        target = line.to_location
        if target is None or target == source:
            raise Refusal(
                "transfer.same_location",
                "A transfer needs two different locations.",
                "Name another location as to_location.",
            )
        return Accounts(source, target, self._contra(line, self._role(source, target)))

    def _refuse_partner_kind(self, location: int) -> None:
        kind = self.locations.kind(location)
        if kind not in STOCK_KINDS:
            raise Refusal(
                "location.holds_no_stock",
                f"Location {self.location_codes[location]} is of kind {kind.value} and holds no stock.",
                "Use an internal, transit or consignment location.",
            )

    def _role(self, source: int, target: int) -> Role:
        pair = self.locations.kind(source), self.locations.kind(target)
        role = POSTING_TABLE.get(pair)
        if role is None:
            raise Refusal(
                "posting.no_rule",
                f"Nothing is defined for a movement from a {pair[0].value} to a {pair[1].value} location.",
                "Use locations of other kinds.",
            )
        return role

    def _contra(self, line: Line, role: Role) -> int:
        return line.contra or self.account(role, line.item, line.location)


_books: dict[int, Books] = {}


def books_of(company_id: int) -> Books:
    """This process's books of a company."""
    found = _books.get(company_id)
    if found is None:
        found = _books[company_id] = Books(company_id)
    return found


def books_are_known(company_id: int) -> bool:
    """Whether this process has loaded a company's books."""
    return company_id in _books


def forget_books() -> None:
    """Drop every cache of this process (tests change databases under it)."""
    _books.clear()
