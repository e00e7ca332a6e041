"""The independent check: a plain replay of all facts of one item, written from docs/spec/costing.md alone.

It shares no code with the costing engine and is meant to be read beside the specification, whose headings
are named in the docstrings. It recomputes everything from the raw facts, one after the other, and remembers
nothing. Stock below zero is computed, never refused: the caller looks at ``Replay.lowest``.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from everstock.core.facts import DAY, INBOUND, OUTBOUND, RECEIPT_VALUE, Entry, Fact, Kind, Policy, PoolOf
from everstock.core.naive.order import in_order, is_linked_customer_return, known, living
from everstock.core.naive.pools import STOCK_OF, Stock, rounded


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
        self.stocks: dict[int, Stock] = {}
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
        origin = known(fact.origin, fact)
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

    def stock_at(self, location: int | None, lot: int | None) -> Stock | None:
        """The pool of a place; ``None`` where there is no value."""
        pool = None if location is None else self.pool_of(location, lot)
        if pool is None:
            return None
        stock = self.stocks.get(pool.id)
        if stock is None:
            stock = self.stocks[pool.id] = STOCK_OF[self.policy.method](pool, self.policy)
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

    def post(self, stock: Stock, fact: Fact, account: int, contra: int, quantity: int, amount: int) -> None:
        """An entry, dated on the day of the fact that is being processed."""
        if quantity or amount:
            day = fact.effective_at // DAY
            self.entries.append(Entry(stock.pool.id, day, account, contra, quantity, amount, fact.id))

    # Value of an inbound fact

    def bring_in(self, fact: Fact, stock: Stock | None) -> int:
        """An inbound fact with its own value and its landed costs; the value it came in at."""
        if is_linked_customer_return(fact):
            own, landed = self.share_of_issue(fact), []
        else:
            own, landed = self.own_value(fact, stock), self.landed.get(fact.id, [])
        if stock is None:
            return 0
        return self.receive(stock, fact, fact.quantity, own, fact.contra, landed)

    def own_value(self, fact: Fact, stock: Stock | None) -> int:
        """The value by the last cost change, else the fact's own, else current cost."""
        value = self.changes.get(fact.id, fact).value
        if value is not None:
            return value
        return 0 if stock is None else stock.current_cost(fact.quantity)

    def share_of_issue(self, fact: Fact) -> int:
        """Linked customer return: its share of the cost of what went out, as known at this point."""
        origin, before = self.link(fact)
        cost, of = self.costs[origin.id], origin.quantity
        return rounded(cost * (of - before), of) - rounded(cost * (of - before - fact.quantity), of)

    def link(self, fact: Fact) -> tuple[Fact, int]:
        """The origin of a linked return and how much of it was returned before."""
        origin = self.by_id[known(fact.origin, fact)]
        before = self.returned[origin.id]
        self.returned[origin.id] += fact.quantity
        if self.returned[origin.id] > origin.quantity:
            raise ValueError(f"fact {fact.id}: more is returned than fact {origin.id} moved")
        return origin, before

    def receive(
        self, stock: Stock, fact: Fact, quantity: int, own: int, contra: int, landed: Iterable[Fact] = ()
    ) -> int:
        """Entries of an inbound fact: own part, landed costs, true-ups or variances; the value it came in at."""
        value = own
        self.post(stock, fact, stock.pool.inventory, contra, quantity, own)
        for charge in landed:
            amount = known(charge.value, charge)
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

    def outbound(self, fact: Fact, stock: Stock | None) -> None:
        """Issue, supplier return, adjustment, waste."""
        if fact.kind is Kind.RETURN_OUT and fact.origin is not None:
            self.costs[fact.id] = self.supply_back(fact, stock)
        elif stock is None:
            self.costs[fact.id] = 0
        else:
            self.costs[fact.id] = self.leave(stock, fact, fact.quantity, fact.contra, fact.contra)

    def leave(self, stock: Stock, fact: Fact, quantity: int, contra: int, deficit_contra: int) -> int:
        """Goods leave the inventory account at cost and the allowance account with their share; the cost."""
        cost = stock.leave(quantity, deficit_contra, fact)
        released = stock.release_allowance()
        self.post(stock, fact, stock.pool.inventory, contra, -quantity, -(cost + released))
        self.post(stock, fact, stock.pool.allowance, contra, 0, released)
        return cost

    def supply_back(self, fact: Fact, stock: Stock | None) -> int:
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
        place = (known(fact.target, fact), fact.lot)
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

    def revalue(self, fact: Fact, stock: Stock | None) -> None:
        """A new unit value for what is on hand. A write-down is kept in the allowance, which limits a later rise."""
        if stock is None:
            return
        unit_value = known(fact.unit_value, fact)
        inventory, allowance = stock.pool.inventory, stock.pool.allowance
        if fact.kind is Kind.REVALUATION or stock.quantity <= 0:
            self.post(stock, fact, inventory, fact.contra, 0, stock.revalue(unit_value))
            return
        change = stock.write_down(unit_value)
        if change is not None:
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
