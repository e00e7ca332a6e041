"""One pool at a time, method by method: *Pools* to *Revaluation and write-down* of docs/spec/costing.md."""

from collections import deque
from dataclasses import dataclass

from everstock.core.facts import Fact, Method, Policy, Pool


def rounded(a: int, b: int) -> int:
    """``a / b`` rounded half up."""
    return (2 * a + b) // (2 * b)


def line(quantity: int, unit_price: int, policy: Policy) -> int:
    """The money value of a quantity at a unit price."""
    return rounded(quantity * unit_price * policy.minor_per_major, 10**12)


@dataclass(slots=True)
class Deficit:
    """What left without being there, at a provisional value, until an inbound fact covers it."""

    quantity: int
    value: int
    contra: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class Correction:
    """What the value of a pool loses besides what comes in: a true-up of ``fact``, or under standard a variance."""

    contra: int
    amount: int
    fact: Fact | None = None


class Stock:
    """One pool: quantity, carrying value, last known cost, deficits, allowance. Each method adds its own."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        self.pool = pool
        self.policy = policy
        self.quantity = 0
        self.value = 0
        self.unit: tuple[int, int] | None = None
        self.deficits: deque[Deficit] = deque()
        self.allowance = 0
        self.allowance_anchor = (0, 0)

    # what a method adds

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        """Put down the ``left`` of an inbound fact, and learn the unit; quantity and value are already the new ones."""
        raise NotImplementedError

    def take(self, quantity: int) -> int:
        """The cost of a quantity, not more than there is; quantity and value of the pool are still the old ones."""
        raise NotImplementedError

    def spread(self) -> None:
        """Take note of a new value of what is on hand."""
        raise NotImplementedError

    # the same for all but standard

    def receive(self, quantity: int, value: int, fact: Fact) -> list[Correction]:
        """An inbound fact; the corrections it brings."""
        covered = min(quantity, self.missing())
        corrections = self.cover(quantity, value, covered)
        self.quantity += quantity
        self.value += value - sum(correction.amount for correction in corrections)
        self.place(quantity, value, quantity - covered, fact)
        return corrections

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
        self.deficits.append(Deficit(quantity, value, contra, fact))
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

    def cover(self, quantity: int, value: int, covered: int) -> list[Correction]:
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
            corrections.append(Correction(deficit.contra, true_up, deficit.fact))
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
        """Revaluation of what is on hand, nothing otherwise; returns the change of value."""
        return self.set_value(line(self.quantity, unit_value, self.policy)) if self.quantity > 0 else 0

    def write_down(self, unit_value: int) -> int | None:
        """Write-down of what is on hand, a rise limited to the allowance: the change of value, ``None`` if refused."""
        return self.set_value(min(line(self.quantity, unit_value, self.policy), self.value + self.allowance))

    def set_value(self, value: int) -> int:
        """A new value for what is on hand; returns the change."""
        change = value - self.value
        self.value = value
        self.spread()
        self.unit = (self.value, self.quantity)
        return change

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


def owed_share(fact: Fact, worth: int, of: int, before: int) -> int:
    """Linked supplier return: the share of the receipt's value that the supplier owes."""
    return rounded(worth * (of - before), of) - rounded(worth * (of - before - fact.quantity), of)


class AverageStock(Stock):
    """Average and specific: what remains is worth its share of the anchor."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        super().__init__(pool, policy)
        self.anchor = (0, 0)

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        self.spread()
        self.unit = (self.value, self.quantity) if self.quantity > 0 else (value, quantity)

    def spread(self) -> None:
        self.anchor = (self.value, self.quantity)

    def take(self, quantity: int) -> int:
        value, of = self.anchor
        return self.value - rounded(value * (self.quantity - quantity), of)

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        owed = owed_share(fact, worth, of, before)
        if fact.quantity >= self.quantity:
            return owed, self.leave(fact.quantity, self.pool.price_difference, fact)
        cost = min(max(owed, 0), self.value)
        self.quantity -= fact.quantity
        self.value -= cost
        self.spread()
        return owed, cost


@dataclass(slots=True)
class Layer:
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


class LayerStock(Stock):
    """FIFO and LIFO: layers in order of arrival."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        super().__init__(pool, policy)
        self.layers: deque[Layer] = deque()

    def place(self, quantity: int, value: int, left: int, fact: Fact) -> None:
        if left:
            self.layers.append(Layer(quantity, value, left, fact.id))
        self.unit = (value, quantity)

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
        layers = deque[Layer]()
        below = 0
        for layer in self.layers:
            upto = below + layer.left
            value = rounded(self.value * upto, self.quantity) - rounded(self.value * below, self.quantity)
            layers.append(Layer(layer.left, value, layer.left, layer.origin))
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


class StandardStock(Stock):
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

    def receive(self, quantity: int, value: int, fact: Fact) -> list[Correction]:
        if self.unit is None:
            self.set_standard(rounded(value * 10**12, quantity * self.policy.minor_per_major))
        change = self.change_quantity(quantity)
        return [Correction(self.pool.price_difference, value - change)]

    def leave(self, quantity: int, contra: int, fact: Fact) -> int:
        return -self.change_quantity(-quantity)

    def supply_back(self, fact: Fact, worth: int, of: int, before: int) -> tuple[int, int]:
        return owed_share(fact, worth, of, before), -self.change_quantity(-fact.quantity)

    def revalue(self, unit_value: int) -> int:
        self.set_standard(unit_value)
        return self.change_quantity(0)

    def write_down(self, unit_value: int) -> int | None:
        rise = line(self.quantity, unit_value, self.policy) - self.value
        return self.revalue(unit_value) if rise <= self.allowance else None


STOCK_OF = {
    Method.FIFO: LayerStock,
    Method.LIFO: LayerStock,
    Method.AVERAGE: AverageStock,
    Method.SPECIFIC: AverageStock,
    Method.STANDARD: StandardStock,
}
