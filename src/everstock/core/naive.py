"""The independent check: a plain replay of all facts of one item, written from docs/spec/costing.md alone.

It shares no code with the costing engine and is meant to be read beside the specification, whose headings
are named in the docstrings. It recomputes everything from the raw facts, one after the other, and remembers
nothing. Stock below zero is computed, never refused: the caller looks at ``Replay.lowest``.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from everstock.core.facts import DAY, INBOUND, OUTBOUND, RECEIPT_VALUE, Entry, Fact, Kind, Method, Policy, Pool, PoolOf


@dataclass(frozen=True, slots=True)
class Replay:
    """The figures that follow from the facts of one item.

    ``sums`` adds up the entries by (pool, day, account, contra) to (quantity, amount), without those that are
    zero. ``pools`` has the final quantity and carrying value by pool id. ``balances`` and ``lowest`` are by
    (location, lot), ``lowest`` only where stock is held: the lowest balance after any fact and the moment it was
    first reached. ``costs`` is by fact id: what went out (with its true-ups), what an inbound fact came in at, and
    for a count the signed cost of its difference; ``differences`` has counted minus book by count id.
    """

    entries: list[Entry]
    sums: dict[tuple[int, int, int, int], tuple[int, int]]
    pools: dict[int, tuple[int, int]]
    balances: dict[tuple[int, int | None], int]
    costs: dict[int, int]
    differences: dict[int, int]
    lowest: dict[tuple[int, int | None], tuple[int, int]]


def replay(facts: Iterable[Fact], policy: Policy, pool_of: PoolOf, stock: Callable[[int], bool]) -> Replay:
    """All figures of one item. ``stock(location)`` tells whether a location holds stock."""
    run = _Run(living(facts), policy, pool_of, stock)
    for fact in in_order(run.facts, pool_of):
        run.process(fact)
    return run.result()


# --- Cost is a function of the facts: arithmetic -----------------------------------------------------------------


def rounded(a: int, b: int) -> int:
    """``a / b`` rounded half up."""
    return (2 * a + b) // (2 * b)


def line(quantity: int, unit_price: int, policy: Policy) -> int:
    """The money value of a quantity at a unit price."""
    return rounded(quantity * unit_price * policy.minor_per_major, 10**12)


def _known(field: int | None, fact: Fact) -> int:
    """A field that a fact of its kind must have."""
    if field is None:
        raise ValueError(f"fact {fact.id} ({fact.kind}) is incomplete")
    return field


# --- Facts that vanish; Order -------------------------------------------------------------------------------------


def living(facts: Iterable[Fact]) -> list[Fact]:
    """The facts without the reversals and without what they reverse."""
    facts = list(facts)
    gone = {fact.origin for fact in facts if fact.kind is Kind.REVERSAL}
    return [fact for fact in facts if fact.kind is not Kind.REVERSAL and fact.id not in gone]


def in_order(facts: list[Fact], pool_of: PoolOf) -> Iterator[Fact]:
    """The living facts that are processed at their own time, in processing order."""
    moment_of = {fact.id: fact.effective_at for fact in facts}
    timed = sorted((f for f in facts if f.kind not in RECEIPT_VALUE), key=lambda f: (f.effective_at, f.id))
    for moment, same_instant in groupby(timed, key=lambda f: f.effective_at):
        inbound, outgoing, back_at_once = [], [], []
        for fact in same_instant:
            if fact.kind not in INBOUND:
                outgoing.append(fact)
            elif _is_linked_customer_return(fact) and moment_of[_known(fact.origin, fact)] == moment:
                back_at_once.append(fact)
            else:
                inbound.append(fact)
        yield from inbound
        yield from _arrivals_first(outgoing, pool_of)
        yield from back_at_once


def _arrivals_first(waiting: list[Fact], pool_of: PoolOf) -> Iterator[Fact]:
    """The outgoing group of one instant: what arrives in a pool is there before what leaves it."""
    arriving: Counter[int | None] = Counter(
        pool for fact in waiting if (pool := _arrives_in(fact, pool_of)) is not None
    )
    while arriving.total():
        free = (fact for fact in waiting if not arriving[_acts_on(fact, pool_of)])
        fact = next(free, waiting[0])
        waiting.remove(fact)
        if (pool := _arrives_in(fact, pool_of)) is not None:
            arriving[pool] -= 1
        yield fact
    yield from waiting


def _pool_id(location: int | None, lot: int | None, pool_of: PoolOf) -> int | None:
    pool = None if location is None else pool_of(location, lot)
    return None if pool is None else pool.id


def _acts_on(fact: Fact, pool_of: PoolOf) -> int | None:
    """The pool a fact of the outgoing group takes from: its source, or the target of a count or value fact."""
    moves = fact.kind in OUTBOUND or fact.kind is Kind.TRANSFER
    return _pool_id(fact.source if moves else fact.target, fact.lot, pool_of)


def _arrives_in(fact: Fact, pool_of: PoolOf) -> int | None:
    """The pool a transfer brings something to; ``None`` for every other fact and for a transfer inside one pool."""
    if fact.kind is not Kind.TRANSFER:
        return None
    target = _pool_id(fact.target, fact.lot, pool_of)
    return None if target == _pool_id(fact.source, fact.lot, pool_of) else target


def _is_linked_customer_return(fact: Fact) -> bool:
    return fact.kind is Kind.RETURN_IN and fact.origin is not None


# --- Pools --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Deficit:
    """What left without being there, at a provisional value, until an inbound fact covers it."""

    quantity: int
    value: int
    contra: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class _Correction:
    """What the value of a pool loses besides what comes in: a true-up of ``fact``, or under standard a variance."""

    contra: int
    amount: int
    fact: Fact | None = None


class _Stock:
    """One pool: quantity, carrying value, last known cost, deficits, allowance. Each method adds its own."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        self.pool = pool
        self.policy = policy
        self.quantity = 0
        self.value = 0
        self.unit: tuple[int, int] | None = None
        self.deficits: deque[_Deficit] = deque()
        self.allowance = 0
        self.allowance_anchor = (0, 0)

    # what a method adds

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        """Put the ``left`` of an inbound fact down; quantity and value of the pool are already the new ones."""
        raise NotImplementedError

    def take(self, quantity: int) -> int:
        """The cost of a quantity, not more than there is; quantity and value of the pool are still the old ones."""
        raise NotImplementedError

    def spread(self) -> None:
        """Take note of a new value of what is on hand."""
        raise NotImplementedError

    # the same for all but standard

    def receive(self, quantity: int, value: int, fact: Fact) -> list[_Correction]:
        """An inbound fact; the corrections it brings."""
        covered = min(quantity, self.missing())
        corrections = self.cover(quantity, value, covered)
        self.quantity += quantity
        self.value += value - sum(correction.amount for correction in corrections)
        if quantity > covered:
            self.place(quantity, value, quantity - covered, fact)
        self.learn_unit(quantity, value)
        return corrections

    def learn_unit(self, quantity: int, value: int) -> None:
        """Unit: the last known cost, after an inbound fact."""
        self.unit = (value, quantity)

    def leave(self, quantity: int, contra: int, fact: Fact) -> int:
        """What leaves: first all there is, then a deficit. Returns the cost."""
        taken = min(quantity, max(self.quantity, 0))
        cost = self.take(taken) if taken else 0
        if quantity > taken:
            cost += self.owe(quantity - taken, contra, fact)
        self.quantity -= quantity
        self.value -= cost
        return cost

    def missing(self) -> int:
        """The quantity of all deficits: while there are any, the pool's quantity is minus this."""
        return max(-self.quantity, 0)

    def owe(self, quantity: int, contra: int, fact: Fact) -> int:
        """Negative stock: a new deficit and its provisional value."""
        before = self.missing()
        value = self.provisional(before + quantity) - self.provisional(before)
        self.deficits.append(_Deficit(quantity, value, contra, fact))
        return value

    def provisional(self, quantity: int) -> int:
        """A quantity at the last known cost, else at the item's standard cost, else nothing."""
        if self.unit is not None:
            value, per = self.unit
            return rounded(value * quantity, per)
        if self.policy.standard_cost is not None:
            return line(quantity, self.policy.standard_cost, self.policy)
        return 0

    def current_cost(self, quantity: int) -> int:
        """Value of an inbound fact without link and without value."""
        if self.quantity > 0:
            return rounded(self.value * quantity, self.quantity)
        return self.provisional(quantity)

    def cover(self, quantity: int, value: int, covered: int) -> list[_Correction]:
        """Negative stock: cover deficits from the first on with ``covered`` of an inbound fact."""

        def used(part: int) -> int:
            return value - rounded(value * (quantity - part), quantity)

        corrections = []
        done = 0
        while done < covered:
            deficit = self.deficits[0]
            part = min(deficit.quantity, covered - done)
            released = deficit.value - rounded(deficit.value * (deficit.quantity - part), deficit.quantity)
            true_up = used(done + part) - used(done) - released
            corrections.append(_Correction(deficit.contra, true_up, deficit.fact))
            deficit.quantity -= part
            deficit.value -= released
            if deficit.quantity == 0:
                self.deficits.popleft()
            done += part
        return corrections

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        """Linked supplier return of a fact of value ``worth`` and quantity ``of``; (what the supplier owes, cost).

        ``before`` is what was returned of it earlier.
        """
        raise NotImplementedError

    def revalue(self, unit_value: int) -> int:
        """Revaluation of what is on hand; returns the change of value."""
        return self.set_value(line(self.quantity, unit_value, self.policy))

    def may_write_down(self, unit_value: int) -> bool:
        """Whether a write-down (or its reversal) does anything."""
        return True

    def write_down(self, unit_value: int) -> int:
        """Write-down of what is on hand; a rise is limited to the allowance. Returns the change of value."""
        return self.set_value(min(line(self.quantity, unit_value, self.policy), self.value + self.allowance))

    def set_value(self, value: int) -> int:
        """A new value for what is on hand; returns the change."""
        change = value - self.value
        self.value = value
        self.spread()
        self.unit = (self.value, self.quantity)
        return change

    def revalue_nothing(self, unit_value: int) -> int:
        """Revaluation and write-down where nothing is on hand: nothing happens."""
        return 0

    # allowance

    def anchor_allowance(self) -> None:
        """The allowance now belongs to the quantity now."""
        self.allowance_anchor = (self.allowance, self.quantity)

    def release_allowance(self) -> int:
        """The share of the allowance that goes with what has just left."""
        allowance, quantity = self.allowance_anchor
        new = rounded(allowance * self.quantity, quantity) if self.quantity > 0 else 0
        released = self.allowance - new
        self.allowance = new
        return released


def _owed(fact: Fact, worth: int, of: int, before: int) -> int:
    """Linked supplier return: the share of the receipt's value that the supplier owes."""
    return rounded(worth * (of - before), of) - rounded(worth * (of - before - fact.quantity), of)


class _AverageStock(_Stock):
    """Average and specific: what remains is worth its share of the anchor."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        super().__init__(pool, policy)
        self.anchor = (0, 0)

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        self.spread()

    def spread(self) -> None:
        self.anchor = (self.value, self.quantity)

    def take(self, quantity: int) -> int:
        value, of = self.anchor
        return self.value - rounded(value * (self.quantity - quantity), of)

    def learn_unit(self, quantity: int, value: int) -> None:
        self.unit = (self.value, self.quantity) if self.quantity > 0 else (value, quantity)

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        owed = _owed(fact, worth, of, before)
        if fact.quantity >= self.quantity:
            return owed, self.leave(fact.quantity, self.pool.price_difference, fact)
        cost = min(max(owed, 0), self.value)
        self.quantity -= fact.quantity
        self.value -= cost
        self.spread()
        return owed, cost


@dataclass(slots=True)
class _Layer:
    """What is left of one inbound fact: ``left`` of ``quantity``, which was worth ``value``."""

    quantity: int
    value: int
    left: int
    origin: int

    def worth(self) -> int:
        return rounded(self.value * self.left, self.quantity)

    def take(self, quantity: int) -> int:
        """Take a quantity off the layer; its cost."""
        before = self.worth()
        self.left -= quantity
        return before - self.worth()


class _LayerStock(_Stock):
    """FIFO and LIFO: layers in order of arrival."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        super().__init__(pool, policy)
        self.layers: deque[_Layer] = deque()

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        self.layers.append(_Layer(quantity, value, left, fact.id))

    def take(self, quantity: int) -> int:
        first = 0 if self.policy.method is Method.FIFO else -1
        cost = 0
        while quantity:
            layer = self.layers[first]
            part = min(quantity, layer.left)
            cost += layer.take(part)
            quantity -= part
            if layer.left == 0:
                del self.layers[first]
        return cost

    def spread(self) -> None:
        layers = deque[_Layer]()
        below = 0
        for layer in self.layers:
            upto = below + layer.left
            value = rounded(self.value * upto, self.quantity) - rounded(self.value * below, self.quantity)
            layers.append(_Layer(layer.left, value, layer.left, layer.origin))
            below = upto
        self.layers = layers

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        own = next((layer for layer in self.layers if layer.origin == fact.origin), None)
        part = min(fact.quantity, own.left) if own else 0
        own_cost = own.take(part) if own else 0
        self.quantity -= part
        self.value -= own_cost
        if own and own.left == 0:
            self.layers.remove(own)
        rest = fact.quantity - part
        if rest == 0:
            return own_cost, own_cost
        owed = own_cost + rounded(worth * rest, of)
        return owed, own_cost + self.leave(rest, self.pool.price_difference, fact)


class _StandardStock(_Stock):
    """Standard: the value is the quantity at the standard, at all times; below zero needs nothing special."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        super().__init__(pool, policy)
        if policy.standard_cost is not None:
            self.set_standard(policy.standard_cost)

    def set_standard(self, standard: int) -> None:
        self.standard: int = standard
        self.unit = (standard * self.policy.minor_per_major, 10**12)

    def change_quantity(self, change: int) -> int:
        """The change of value that a change of quantity brings. Before the first inbound fact nothing is known: 0."""
        before = self.value
        self.quantity += change
        self.value = 0 if self.unit is None else line(self.quantity, self.standard, self.policy)
        return self.value - before

    def receive(self, quantity: int, value: int, fact: Fact) -> list[_Correction]:
        if self.unit is None:
            self.set_standard(rounded(value * 10**12, quantity * self.policy.minor_per_major))
        change = self.change_quantity(quantity)
        return [_Correction(self.pool.price_difference, value - change)]

    def leave(self, quantity: int, contra: int, fact: Fact) -> int:
        return -self.change_quantity(-quantity)

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        return _owed(fact, worth, of, before), -self.change_quantity(-fact.quantity)

    def revalue(self, unit_value: int) -> int:
        self.set_standard(unit_value)
        return self.change_quantity(0)

    def may_write_down(self, unit_value: int) -> bool:
        return line(self.quantity, unit_value, self.policy) - self.value <= self.allowance

    def write_down(self, unit_value: int) -> int:
        return self.revalue(unit_value)

    def revalue_nothing(self, unit_value: int) -> int:
        return self.revalue(unit_value)


_STOCK_OF = {
    Method.FIFO: _LayerStock,
    Method.LIFO: _LayerStock,
    Method.AVERAGE: _AverageStock,
    Method.SPECIFIC: _AverageStock,
    Method.STANDARD: _StandardStock,
}


# --- The facts, one after the other -------------------------------------------------------------------------------


class _Run:
    """One replay: the pools, balances and costs so far."""

    def __init__(self, facts: list[Fact], policy: Policy, pool_of: PoolOf, stock: Callable[[int], bool]) -> None:
        self.facts = facts
        self.policy = policy
        self.pool_of = pool_of
        self.holds_stock = stock
        self.by_id = {fact.id: fact for fact in facts}
        self.landed: defaultdict[int, list[Fact]] = defaultdict(list)
        self.changes: dict[int, Fact] = {}
        self.stocks: dict[int, _Stock] = {}
        self.entries: list[Entry] = []
        self.balances: dict[tuple[int, int | None], int] = {}
        self.lowest: dict[tuple[int, int | None], tuple[int, int]] = {}
        self.costs: dict[int, int] = {}
        self.differences: dict[int, int] = {}
        self.returned: Counter[int] = Counter()
        for fact in sorted((f for f in facts if f.kind in RECEIPT_VALUE), key=lambda f: f.id):
            self.note_receipt_value(fact)

    def note_receipt_value(self, fact: Fact) -> None:
        """A landed cost adds up; of several cost changes the last recorded one counts."""
        origin = _known(fact.origin, fact)
        if fact.kind is Kind.LANDED_COST:
            self.landed[origin].append(fact)
        else:
            self.changes[origin] = fact

    def process(self, fact: Fact) -> None:
        """One fact at its place in the order."""
        if fact.kind in INBOUND:
            self.move(fact, fact.source, fact.target, fact.quantity)
            self.costs[fact.id] = self.bring_in(fact, self.stock_at(fact.target, fact.lot))
        elif fact.kind in OUTBOUND:
            self.move(fact, fact.source, fact.target, fact.quantity)
            self.outbound(fact, self.stock_at(fact.source, fact.lot))
        elif fact.kind is Kind.TRANSFER:
            self.move(fact, fact.source, fact.target, fact.quantity)
            self.transfer(fact)
        elif fact.kind is Kind.COUNT:
            self.count(fact)
        else:
            self.revalue(fact, self.stock_at(fact.target, fact.lot))

    def stock_at(self, location: int | None, lot: int | None) -> _Stock | None:
        """The pool of a place; ``None`` where there is no value."""
        pool = None if location is None else self.pool_of(location, lot)
        if pool is None:
            return None
        stock = self.stocks.get(pool.id)
        if stock is None:
            stock = self.stocks[pool.id] = _STOCK_OF[self.policy.method](pool, self.policy)
        return stock

    def move(self, fact: Fact, source: int | None, target: int | None, quantity: int) -> None:
        """The balances of the two places."""
        if source == target:
            return
        for location, change in ((source, -quantity), (target, quantity)):
            if location is None:
                continue
            place = (location, fact.lot)
            balance = self.balances[place] = self.balances.get(place, 0) + change
            if self.holds_stock(location) and (place not in self.lowest or balance < self.lowest[place][0]):
                self.lowest[place] = (balance, fact.effective_at)

    def post(self, stock: _Stock, fact: Fact, account: int, contra: int, quantity: int, amount: int) -> None:
        """An entry, dated on the day of the fact that is being processed."""
        if quantity or amount:
            day = fact.effective_at // DAY
            self.entries.append(Entry(stock.pool.id, day, account, contra, quantity, amount, fact.id))

    # Value of an inbound fact

    def bring_in(self, fact: Fact, stock: _Stock | None) -> int:
        """An inbound fact with its own value and its landed costs; the value it came in at."""
        if _is_linked_customer_return(fact):
            own, landed = self.share_of_issue(fact), []
        else:
            own, landed = self.own_value(fact, stock), self.landed[fact.id]
        if stock is None:
            return 0
        return self.receive(stock, fact, fact.quantity, own, fact.contra, landed)

    def own_value(self, fact: Fact, stock: _Stock | None) -> int:
        """The value by the last cost change, else the fact's own, else current cost."""
        known = self.changes.get(fact.id, fact).value
        if known is not None:
            return known
        return 0 if stock is None else stock.current_cost(fact.quantity)

    def share_of_issue(self, fact: Fact) -> int:
        """Linked customer return: its share of the cost of what went out, as known at this point."""
        origin, before = self.link(fact)
        cost, of = self.costs[origin.id], origin.quantity
        return rounded(cost * (of - before), of) - rounded(cost * (of - before - fact.quantity), of)

    def link(self, fact: Fact) -> tuple[Fact, int]:
        """The origin of a linked return and how much of it was returned before."""
        origin = self.by_id[_known(fact.origin, fact)]
        before = self.returned[origin.id]
        self.returned[origin.id] += fact.quantity
        if self.returned[origin.id] > origin.quantity:
            raise ValueError(f"fact {fact.id}: more is returned than fact {origin.id} moved")
        return origin, before

    def receive(
        self, stock: _Stock, fact: Fact, quantity: int, own: int, contra: int, landed: Iterable[Fact] = ()
    ) -> int:
        """Entries of an inbound fact: own part, landed costs, true-ups or variances; the value it came in at."""
        value = own
        self.post(stock, fact, stock.pool.inventory, contra, quantity, own)
        for charge in landed:
            amount = _known(charge.value, charge)
            value += amount
            self.post(stock, fact, stock.pool.inventory, charge.contra, 0, amount)
        for correction in stock.receive(quantity, value, fact):
            self.post(stock, fact, stock.pool.inventory, correction.contra, 0, -correction.amount)
            if correction.fact is not None:
                sign = -1 if correction.fact.kind is Kind.COUNT else 1
                self.costs[correction.fact.id] += sign * correction.amount
        stock.anchor_allowance()
        return value

    # What leaves

    def outbound(self, fact: Fact, stock: _Stock | None) -> None:
        """Issue, supplier return, adjustment, waste."""
        if fact.kind is Kind.RETURN_OUT and fact.origin is not None:
            self.costs[fact.id] = self.supply_back(fact, stock)
        elif stock is None:
            self.costs[fact.id] = 0
        else:
            self.costs[fact.id] = self.leave(stock, fact, fact.quantity, fact.contra, fact.contra)

    def leave(self, stock: _Stock, fact: Fact, quantity: int, contra: int, deficit_contra: int) -> int:
        """Goods leave the inventory account at cost and the allowance account with their share; the cost."""
        cost = stock.leave(quantity, deficit_contra, fact)
        released = stock.release_allowance()
        self.post(stock, fact, stock.pool.inventory, contra, -quantity, -(cost + released))
        self.post(stock, fact, stock.pool.allowance, contra, 0, released)
        return cost

    def supply_back(self, fact: Fact, stock: _Stock | None) -> int:
        """Linked supplier return: what the supplier owes, and the difference to the cost; the cost."""
        origin, before = self.link(fact)
        if stock is None:
            return 0
        owed, cost = stock.supply_back(fact, self.costs[origin.id], origin.quantity, before)
        released = stock.release_allowance()
        stock.anchor_allowance()
        self.post(stock, fact, stock.pool.inventory, fact.contra, -fact.quantity, -(owed + released))
        self.post(stock, fact, stock.pool.allowance, fact.contra, 0, released)
        self.post(stock, fact, stock.pool.inventory, stock.pool.price_difference, 0, owed - cost)
        return cost

    def transfer(self, fact: Fact) -> None:
        """A transfer takes its cost along. A side without a pool is as if the goods came from or went to a partner."""
        source = self.stock_at(fact.source, fact.lot)
        target = self.stock_at(fact.target, fact.lot)
        if source is target:
            self.costs[fact.id] = 0
        elif source is None:
            self.costs[fact.id] = self.bring_in(fact, target)
        elif target is None:
            price_difference = source.pool.price_difference
            self.costs[fact.id] = self.leave(source, fact, fact.quantity, fact.contra, price_difference)
        else:
            cost = self.leave(source, fact, fact.quantity, source.pool.transfer, source.pool.price_difference)
            self.costs[fact.id] = cost
            self.receive(target, fact, fact.quantity, cost, target.pool.transfer)

    # Counts

    def count(self, fact: Fact) -> None:
        """The difference between what was counted and the book at this place in the order."""
        place = (_known(fact.target, fact), fact.lot)
        difference = fact.quantity - self.balances.get(place, 0)
        self.differences[fact.id] = difference
        self.move(fact, None, fact.target, difference)
        stock = self.stock_at(fact.target, fact.lot)
        cost = 0
        if stock is not None and difference > 0:
            contra = fact.contra if fact.contra_in is None else fact.contra_in
            cost = self.receive(stock, fact, difference, stock.current_cost(difference), contra)
        elif stock is not None and difference < 0:
            cost = -self.leave(stock, fact, -difference, fact.contra, fact.contra)
        self.costs[fact.id] = cost

    # Revaluation and write-down

    def revalue(self, fact: Fact, stock: _Stock | None) -> None:
        """A new unit value for what is on hand. A write-down is kept in the allowance, which limits a later rise."""
        if stock is None:
            return
        unit_value = _known(fact.unit_value, fact)
        inventory, allowance = stock.pool.inventory, stock.pool.allowance
        if stock.quantity <= 0:
            self.post(stock, fact, inventory, fact.contra, 0, stock.revalue_nothing(unit_value))
        elif fact.kind is Kind.REVALUATION:
            self.post(stock, fact, inventory, fact.contra, 0, stock.revalue(unit_value))
        elif stock.may_write_down(unit_value):
            change = stock.write_down(unit_value)
            self.post(stock, fact, allowance, fact.contra, 0, change)
            stock.allowance -= change
            stock.anchor_allowance()

    def result(self) -> Replay:
        """The figures at the end."""
        sums: defaultdict[tuple[int, int, int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for entry in self.entries:
            key = (entry.pool, entry.day, entry.account, entry.contra)
            quantity, amount = sums[key]
            sums[key] = (quantity + entry.quantity, amount + entry.amount)
        return Replay(
            entries=self.entries,
            sums={key: total for key, total in sums.items() if total != (0, 0)},
            pools={pool: (stock.quantity, stock.value) for pool, stock in self.stocks.items()},
            balances=self.balances,
            costs=self.costs,
            differences=self.differences,
            lowest=self.lowest,
        )
