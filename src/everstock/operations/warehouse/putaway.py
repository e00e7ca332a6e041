"""Where to put goods away: suggestions by the company's rules, within what places can hold.

``suggest`` reads, ``allot`` decides, and is pure. A suggestion moves nothing; ``transfers.move`` does.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import models, transaction

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.database import integers
from everstock.masterdata.models import Company, Item, ItemCategory, Location, Purpose
from everstock.masterdata.queries import LocationTree, Tree, category_tree, location_tree
from everstock.operations.documents.read import raw_cursor
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.warehouse.models import PutAwayRule, RuleKind, StorageBin
from everstock.operations.warehouse.transfers import in_transit


class Goods(NamedTuple):
    """What lies at ``location`` (a dock) and wants a place: ``quantity`` in 10^-6 base units of ``item``."""

    item: int
    quantity: int
    location: int


class Suggestion(NamedTuple):
    """Put ``quantity`` of the goods at place ``number`` in the list (from 0) to ``location``, because of ``rule``.

    ``None`` for both: there is no place left for it.
    """

    number: int
    location: int | None
    quantity: int
    rule: RuleKind | None


class Rule(NamedTuple):
    """A rule as in ``models.PutAwayRule``."""

    kind: RuleKind
    item: int | None = None
    category: int | None = None
    location: int | None = None


class Measures(NamedTuple):
    """Category, weight (mg) and volume (cm³) of one base unit of an item; ``None``: not known."""

    category: int | None = None
    weight: int | None = None
    volume: int | None = None


class Bin(NamedTuple):
    """A place for storage and what it can hold, as in ``models.StorageBin``. ``path``: the place itself and all above it."""

    id: int
    code: str
    path: tuple[int, ...]
    distance: int = 0
    max_quantity: int | None = None
    max_weight: int | None = None
    max_volume: int | None = None


USUAL = (Rule(RuleKind.SAME_ITEM), Rule(RuleKind.NEAREST_EMPTY))
"""The rules of a company that has none."""


class _Load:
    """What lies in a bin, by item, and what more it can take."""

    def __init__(self, bin_: Bin, stock: Mapping[int, int], measures: Mapping[int, Measures]) -> None:
        self.bin = bin_
        self.stock = dict(stock)
        self.measures = measures

    def room(self, item: int) -> int | None:
        """How much more of an item fits, in 10^-6 base units; ``None``: any amount. An item without measures has none."""
        own = self.measures[item]
        limits = (
            (self.bin.max_quantity, self._sum(lambda _: SCALE), SCALE),
            (self.bin.max_weight, self._sum(lambda one: one.weight or 0), own.weight or 0),
            (self.bin.max_volume, self._sum(lambda one: one.volume or 0), own.volume or 0),
        )
        rooms = [max(0, limit * SCALE - used) // each for limit, used, each in limits if limit is not None and each]
        return min(rooms) if rooms else None

    def _sum(self, each: Callable[[Measures], int]) -> int:
        return sum(quantity * each(self.measures.get(item, Measures())) for item, quantity in self.stock.items())

    def add(self, item: int, quantity: int) -> None:
        """Let so much more lie there."""
        self.stock[item] = self.stock.get(item, 0) + quantity


def allot(
    goods: Sequence[Goods],
    bins: Iterable[Bin],
    stock: Mapping[int, Mapping[int, int]],
    rules: Sequence[Rule],
    measures: Mapping[int, Measures],
    categories: Tree,
    warehouse_of: Mapping[int, int],
) -> list[Suggestion]:
    """Return where to put each of the goods, in their order; several places where one is too small.

    ``stock``: by bin, then item, 10^-6 base units; what is suggested for goods before counts as lying there. ``measures``: of all these items.
    ``warehouse_of``: the topmost place of every location; goods stay in their warehouse. Whole base units are never divided between
    places unless the goods are a fraction themselves.
    """
    loads = {one.id: _Load(one, stock.get(one.id, {}), measures) for one in bins}
    found: list[Suggestion] = []
    for number, one in enumerate(goods):
        rest = one.quantity
        for rule, load in _candidates(one, rules, loads, measures, categories, warehouse_of):
            if not rest:
                break
            room = load.room(one.item)
            part = rest if room is None or room >= rest else room - room % SCALE
            if part:
                load.add(one.item, part)
                found.append(Suggestion(number, load.bin.id, part, rule))
                rest -= part
        if rest:
            found.append(Suggestion(number, None, rest, None))
    return found


def _candidates(
    one: Goods,
    rules: Sequence[Rule],
    loads: Mapping[int, _Load],
    measures: Mapping[int, Measures],
    categories: Tree,
    warehouse_of: Mapping[int, int],
) -> Iterator[tuple[RuleKind, _Load]]:
    """The bins in which the goods may lie, the best first, each with the rule that says so."""
    near = sorted(
        (load for load in loads.values() if warehouse_of[load.bin.id] == warehouse_of[one.location]),
        key=lambda load: (load.bin.distance, load.bin.code),
    )
    lineage = categories.path(measures[one.item].category)
    for rule in rules:
        if rule.item not in {None, one.item} or (rule.category is not None and rule.category not in lineage):
            continue
        for load in near:
            if load.bin.id != one.location and _fits(rule, load, one.item):
                yield rule.kind, load


def _fits(rule: Rule, load: _Load, item: int) -> bool:
    if rule.location is not None and rule.location not in load.bin.path:
        return False
    lies = {other for other, quantity in load.stock.items() if quantity > 0}
    if rule.kind is RuleKind.FIXED_BIN:
        return True
    if rule.kind is RuleKind.SAME_ITEM:
        return item in lies
    if rule.kind is RuleKind.ZONE:
        return not lies or item in lies
    return not lies


def suggest(company_id: int, goods: Sequence[Goods]) -> list[Suggestion]:
    """Return where to put goods away now, by the rules of the company; see ``allot``.

    Refused: goods in transit (``transfer.in_transit``), an item or a location of another company (``item.unknown``, ``location.unknown``).
    """
    company = Company.objects.get(pk=company_id)
    places = location_tree(company)
    wanted = {one.item for one in goods}
    rows = Location.objects.filter(company=company, kind="internal")
    known = {row.pk for row in rows}
    bins = list(_bins(rows, places))
    measures = _measures(company_id, wanted)
    for one in goods:
        if one.item not in measures:
            raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
        if one.location not in known:
            road = Location.objects.filter(company=company, kind=LocationKind.TRANSIT.value, pk=one.location).first()
            if road is not None:
                raise in_transit(f"Goods at {road.code}")
            raise Refusal("location.unknown", "There is no such place in the house.", "Name the place of the goods.")
    rules = [
        Rule(RuleKind(kind), *rest)
        for kind, *rest in PutAwayRule.objects.filter(company=company)
        .order_by("rank", "id")
        .values_list("kind", "item", "category", "location")
    ]
    stock = _lying(bins, wanted, rules or USUAL)
    measures |= _measures(company_id, {item for lying in stock.values() for item in lying} - wanted)
    warehouse_of = {location: places.warehouse(location) for location in known}
    return allot(goods, bins, stock, rules or USUAL, measures, category_tree(company), warehouse_of)


def _measures(company_id: int, items: Collection[int]) -> dict[int, Measures]:
    rows = Item.objects.filter(company=company_id, pk__in=items).values_list("pk", "category", "weight", "volume")
    return {item: Measures(*rest) for item, *rest in rows}


_LYING = """
    SELECT b.location_id, CASE WHEN b.item_id = ANY ($2::int[]) OR o.location_id IS NOT NULL OR b.location_id = ANY ($3::int[])
                               THEN b.item_id ELSE 0 END, sum(greatest(b.quantity, 0))::bigint
      FROM balance b
      LEFT JOIN (SELECT DISTINCT location_id FROM balance WHERE item_id = ANY ($2::int[]) AND quantity > 0) o USING (location_id)
     WHERE b.location_id = ANY ($1::int[]) AND b.quantity > 0 GROUP BY 1, 2
"""


def _lying(bins: Collection[Bin], wanted: Collection[int], rules: Sequence[Rule]) -> dict[int, dict[int, int]]:
    """What lies in bins, by bin and item, as far as the rules ask.

    All that lies in a bin where one of the ``wanted`` items lies or that is a fixed one, which may be full; of others only that something
    does, as an item 0.
    """
    fixed = {rule.location for rule in rules if rule.kind is RuleKind.FIXED_BIN}
    counted = [one.id for one in bins if not fixed.isdisjoint(one.path)]
    stock: dict[int, dict[int, int]] = {one.id: {} for one in bins}
    with raw_cursor() as run:
        run.execute(_LYING, (integers(stock), integers(wanted), integers(counted)))
        for location, item, quantity in run.fetchall():
            stock[location][item] = quantity
    return stock


def _bins(rows: Iterable[Location], places: LocationTree) -> Iterator[Bin]:
    """The active bins of the house."""
    limits = {row.pk: row for row in StorageBin.objects.filter(location__in=[row.pk for row in rows])}
    for row in rows:
        if row.purpose != Purpose.BIN or not row.active:
            continue
        limit = limits.get(row.pk)
        rest = () if limit is None else (limit.distance, limit.max_quantity, limit.max_weight, limit.max_volume)
        yield Bin(row.pk, row.code, places.path(row.pk), *rest)


# ---------------------------------------------------------------------------------------------------------------------
# Verbs


@transaction.atomic
def set_rules(actor: Actor, *, rules: Sequence[Rule], recorded_at: int) -> None:
    """Replace the company's rules by these, the first to be asked first.

    Refused: ``permission.missing``; ``rule.incomplete`` (a fixed bin without item or place, a zone without a place), ``rule.twice``; an item,
    a category or a place of another company (``….unknown``).
    """
    require(actor, Permission.LOCATION_CHANGE)
    if len(set(rules)) < len(rules):
        raise Refusal("rule.twice", "A rule stands there twice.", "Enter each rule once.")
    for rule in rules:
        needs_place = rule.kind in {RuleKind.FIXED_BIN, RuleKind.ZONE}
        if (needs_place and rule.location is None) or (rule.kind is RuleKind.FIXED_BIN and rule.item is None):
            raise Refusal(
                "rule.incomplete",
                f"A rule of kind {rule.kind.value.replace('_', ' ')} does not say for what, or where.",
                "A fixed bin needs an item and a place, a zone a place.",
            )
    company = actor.company_id
    _check_known(Item.objects.filter(company=company), [rule.item for rule in rules], "item")
    _check_known(ItemCategory.objects.filter(company=company), [rule.category for rule in rules], "category")
    _check_known(
        Location.objects.filter(company=company, kind="internal"), [rule.location for rule in rules], "location"
    )
    old = PutAwayRule.objects.filter(company_id=company)
    before = [list(row) for row in old.order_by("rank").values_list("kind", "item", "category", "location")]
    old.delete()
    PutAwayRule.objects.bulk_create(
        PutAwayRule(
            company_id=company,
            rank=rank,
            kind=rule.kind.value,
            item_id=rule.item,
            category_id=rule.category,
            location_id=rule.location,
        )
        for rank, rule in enumerate(rules, 1)
    )
    said = event(
        actor,
        at=recorded_at,
        action="put_away_rules.set",
        subject_kind="put_away_rules",
        subject="",
        before={"rules": before},
        after={"rules": [list(rule) for rule in rules]},
    )
    record([said])


def _check_known(rows: "models.QuerySet[Any]", wanted: Collection[int | None], what: str) -> None:
    named = {one for one in wanted if one is not None}
    if rows.filter(pk__in=named).count() < len(named):
        raise Refusal(f"{what}.unknown", f"A rule names an unknown {what}.", f"Name another {what}.")


@transaction.atomic
def set_bin(
    actor: Actor,
    *,
    location: int,
    recorded_at: int,
    distance: int = 0,
    max_quantity: int | None = None,
    max_weight: int | None = None,
    max_volume: int | None = None,
) -> StorageBin:
    """Say how near a bin is and what it can hold; replaces what was said. Units as in ``models.StorageBin``.

    Refused: ``permission.missing``, ``location.unknown``, ``bin.not_one`` (a place of another purpose), ``bin.negative``.
    """
    require(actor, Permission.LOCATION_CHANGE)
    found = Location.objects.filter(company_id=actor.company_id, pk=location).first()
    if found is None:
        raise Refusal("location.unknown", "There is no such place in this company.", "Create the location first.")
    if found.purpose != Purpose.BIN:
        raise Refusal("bin.not_one", f"{found.code} is no bin.", "Name a location of purpose bin.")
    wanted = {"distance": distance, "max_quantity": max_quantity, "max_weight": max_weight, "max_volume": max_volume}
    if any(value is not None and not 0 <= value < 2**31 * SCALE for value in wanted.values()) or distance >= 2**31:
        raise Refusal(
            "bin.negative", f"A number for {found.code} is below zero or too large.", "Enter zero or more, or nothing."
        )
    row, _ = StorageBin.objects.update_or_create(location=found, defaults=wanted)
    said = event(
        actor,
        at=recorded_at,
        action="bin.set",
        subject_kind="location",
        subject=found.code,
        subject_id=found.pk,
        after=wanted,
    )
    record([said])
    return row
