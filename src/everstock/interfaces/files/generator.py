"""A made-up history of a wholesaler, for trying and measuring: as large as wanted, the same for the same seed.

Goods come in on a fixed weekday where they run low, at unit costs that drift; a few items sell most, and more of everything in
autumn. Sales are documents of several lines, by the minute. Some goods come back, some break, some are found; other
warehouses are filled up from the first; each month part of the items is counted. One outbound document in 25 reaches the books days or
weeks late, and a few receipts turn out to have cost something else.

Stock is below zero at no moment, neither in the order in which things happened nor in the order in which they were entered: only
what leaves is entered late, and a linked return only if what it returns was entered in time.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import accumulate
from math import cos, exp, pi
from pathlib import Path
from random import Random
from typing import NamedTuple, TextIO

COLUMNS = (
    *("date", "time", "kind", "item", "location", "to_location", "quantity", "unit_cost", "unit_price", "currency"),
    *("reference", "applies_to", "entered_at", "partner", "note"),
)
COST_CHANGE_COLUMNS = ("entered_at", "reference", "item", "location", "old_unit_cost", "new_unit_cost")

_LATE = 0.04
_LONGEST_DELAY = 45
_COST_CHANGE = 0.02
_INVOICE_DELAY = dt.timedelta(days=30)
_WEEKDAYS = (1.0, 1.1, 1.05, 1.15, 0.9, 0.25, 0.0)
_OPENS, _CLOSES, _INVOICED = "06:00", "19:00", "12:00"
_FIRST_MINUTE, _LAST_MINUTE = 8 * 60, 18 * 60
_PACKS = (1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6, 6, 6, 8, 10, 12, 12, 24)
"""What customers take, as often as it stands here."""
_MEAN_PACK = sum(_PACKS) / len(_PACKS)
_COVER_LOW, _COVER_FULL = 10, 30
"""Days of sales below which an item is ordered, and up to which it is filled."""
_TRIES = 6
_RETURN, _RETURN_LINKED, _LOSS, _FIND = 0.13, 0.6, 0.03, 0.02
"""Documents besides the sales, for each of these: returns (and how many name their sale), losses, finds."""
_COUNTED = 10
"""One item in so many is counted each month, another tenth every time."""
_COUNT_FROM = 26
"""Day of the month from which they are counted, on the first day that is worked."""
_REMEMBERED_SALES = 500


class History(NamedTuple):
    """What was written. ``last_entered_at``: no line reached the books later."""

    movements: Path
    cost_changes: Path
    lines: int
    changes: int
    last_entered_at: dt.datetime


class _Item:
    """What is known of an item while its history is told. ``rate``: units sold on an ordinary day, at all locations."""

    __slots__ = ("cost", "first_cost", "price", "rate", "sku", "stock")

    def __init__(self, sku: str, cost: float, price: str, rate: float, locations: int) -> None:
        self.sku, self.cost, self.first_cost, self.price, self.rate = sku, cost, cost, price, rate
        self.stock = [0] * locations


class _Sale(NamedTuple):
    """A line that may come back."""

    item: int
    location: int
    quantity: int
    reference: str
    partner: str
    moment: str


def write_history(
    path: Path,
    *,
    seed: int,
    items: int,
    days: int,
    lines: int,
    first_day: dt.date,
    currency: str,
    locations: int = 1,
) -> History:
    """Write ``movements.csv`` and ``cost_changes.csv`` into the folder ``path``, which is made if it is missing.

    The movements are exactly ``lines`` (at least two for each item), in the order in which they happened; the cost changes, in the order
    in which they were entered, come on top. What happened in the last weeks may be entered up to 45 days after the last day.
    """
    if items < 1 or days < 1 or locations < 1 or lines < 2 * items:
        raise ValueError("a history needs an item, a day, a location, and two lines for each item")
    path.mkdir(parents=True, exist_ok=True)
    movements, changes = path / "movements.csv", path / "cost_changes.csv"
    writer = _Writer(Random(seed), items, days, lines, first_day, currency, locations)  # noqa: S311 - repeatable on purpose
    with (
        movements.open("w", encoding="utf-8", newline="") as file,
        changes.open("w", encoding="utf-8", newline="") as changes_file,
    ):
        file.write(",".join(COLUMNS) + "\n")
        changes_file.write(",".join(COST_CHANGE_COLUMNS) + "\n")
        writer.write(file, changes_file)
    return History(movements, changes, writer.written, writer.changed, writer.last_entered_at)


class _Writer:
    """Tells the history day by day; of the past it keeps the stock of each item and a few sales that may come back."""

    def __init__(
        self, random: Random, items: int, days: int, lines: int, first_day: dt.date, currency: str, locations: int
    ) -> None:
        self.random = random
        self.currency = currency
        self.written = self.changed = 0
        self.locations = ["MAIN", *(f"STORE-{number}" for number in range(1, locations))]
        self.dates = [first_day + dt.timedelta(days=number) for number in range(days)]
        self.budgets = self._budgets(lines - items)
        weights = [(rank + 3) ** -0.9 for rank in range(items)]
        random.shuffle(weights)
        self.choices = list(accumulate(weights))
        a_day = 0.85 * (lines - items) * _MEAN_PACK / days / self.choices[-1]
        self.items = [self._item(number, weight * a_day) for number, weight in enumerate(weights)]
        self.customers = [f"C{number:04d}" for number in range(max(5, min(4000, lines // 150)))]
        self.sales: list[_Sale] = []
        self.document = 0
        self.late = False
        self.last_entered_at = dt.datetime.combine(self.dates[-1], dt.time.fromisoformat(_CLOSES))
        self.counted = (first_day.year, first_day.month) if first_day.day > _COUNT_FROM else (0, 0)
        self.rows: list[str] = []
        self.changes: list[str] = []
        self.date = ""
        self.day = first_day
        self.budget = 0

    def _item(self, number: int, rate: float) -> _Item:
        cost = round(exp(self.random.gauss(0.7, 1.0)), 4)
        price = cost * self.random.uniform(1.4, 2.6)
        return _Item(f"{10_000 + number}", cost, f"{price:.2f}", rate, len(self.locations))

    def _budgets(self, lines: int) -> list[int]:
        """How many lines each day has: more in autumn, few on Saturdays, none on Sundays."""
        weights = [
            _WEEKDAYS[day.weekday()] * (1 + 0.45 * cos(2 * pi * (day.timetuple().tm_yday - 320) / 365))
            for day in self.dates
        ]
        weights = weights if any(weights) else [1.0] * len(weights)
        ends = [round(lines * part / sum(weights)) for part in accumulate(weights)]
        ends[-1] = lines
        return [end - start for start, end in zip([0, *ends], ends, strict=False)]

    def write(self, file: TextIO, changes_file: TextIO) -> None:
        """Write all days."""
        for number, (day, budget) in enumerate(zip(self.dates, self.budgets, strict=True)):
            self.day, self.date, self.budget = day, day.isoformat(), budget
            if number == 0:
                self._open()
            if budget:
                self._receive()
                self._transfer()
                counts = self._due_counts()
                self.budget -= len(counts)
                self._trade()
                self._count(counts)
            file.write("".join(self.rows))
            changes_file.write("".join(self.changes))
            self.written += len(self.rows)
            self.changed += len(self.changes)
            self.rows.clear()
            self.changes.clear()

    # --- what stands in a line

    def _line(
        self,
        time: str,
        kind: str,
        item: _Item,
        location: int,
        quantity: int,
        reference: str,
        *,
        to: str = "",
        cost: str = "",
        price: str = "",
        applies_to: str = "",
        entered_at: str = "",
        partner: str = "",
        note: str = "",
    ) -> None:
        entered_at = entered_at or f"{self.date} {time or _OPENS}"
        self.rows.append(
            f"{self.date},{time},{kind},{item.sku},{self.locations[location]},{to},{quantity},{cost},{price},"
            f"{self.currency},{reference},{applies_to},{entered_at},{partner},{note}\n"
        )

    def _entered(self, time: str) -> str:
        """When a document that leaves reaches the books; ``late`` says whether that is later than it happened."""
        self.late = self.random.random() < _LATE
        if not self.late:
            return f"{self.date} {time}"
        day = self.day + dt.timedelta(days=self.random.randint(1, _LONGEST_DELAY))
        self._note_moment(day, time)
        return f"{day} {time}"

    def _note_moment(self, day: dt.date, time: str) -> None:
        at = dt.datetime.combine(day, dt.time.fromisoformat(time))
        self.last_entered_at = max(self.last_entered_at, at)

    # --- the morning

    def _open(self) -> None:
        for item in self.items:
            quantity = max(6, round(item.rate * self.random.uniform(10, 30) / 6) * 6)
            item.stock[0] += quantity
            self._line("", "opening", item, 0, quantity, f"OPEN-{item.sku}", cost=f"{item.cost:.4f}")

    def _receive(self) -> None:
        """Each item has its weekday; then it is ordered if it runs low."""
        season = 1 + 0.45 * cos(2 * pi * (self.day.timetuple().tm_yday - 305) / 365)
        for item in self.items[self.day.weekday() :: 5] if self.day.weekday() < 5 else ():
            rate = item.rate * season
            held = sum(item.stock)
            if held <= rate * _COVER_LOW + 6 and self.budget > 1:
                self._receipt("", item, max(12, round((rate * _COVER_FULL - held) / 12) * 12))

    def _receipt(self, time: str, item: _Item, quantity: int) -> None:
        random = self.random
        # costs drift, and are drawn back to where they were
        item.cost *= exp(random.gauss(0.0005, 0.025)) * (item.first_cost / item.cost) ** 0.02
        cost = f"{max(item.cost, 0.01):.4f}"
        reference = f"PO-{self.date}-{item.sku}{f'-{len(self.rows)}' if time else ''}"
        supplier = f"S{int(item.sku) % 37:02d}"
        self._line(time, "receipt", item, 0, quantity, reference, cost=cost, partner=supplier)
        item.stock[0] += quantity
        self.budget -= 1
        if random.random() < _COST_CHANGE:
            invoiced = self.day + _INVOICE_DELAY
            self._note_moment(invoiced, _INVOICED)
            new = max(item.cost, 0.01) * random.uniform(0.94, 1.08)
            self.changes.append(f"{invoiced} {_INVOICED},{reference},{item.sku},{self.locations[0]},{cost},{new:.4f}\n")

    def _transfer(self) -> None:
        """Other locations have their weekday too; they are filled up to two weeks, as far as the first one has it."""
        others = len(self.locations) - 1
        for to in range(1, others + 1):
            if (self.day.weekday() + to) % 6:
                continue
            for item in self.items:
                wanted = round(item.rate * 14 / (others + 1)) - item.stock[to]
                quantity = min(wanted, item.stock[0] * 2 // 3)
                if quantity > 0 and wanted > item.rate * 3 and self.budget > 1:
                    reference = f"TR-{self.date}-{to}-{item.sku}"
                    self._line("07:00", "transfer", item, 0, quantity, reference, to=self.locations[to])
                    item.stock[0] -= quantity
                    item.stock[to] += quantity
                    self.budget -= 1

    # --- the day

    def _trade(self) -> None:
        """Documents by the minute until the day's lines are used up."""
        random = self.random
        picks = iter(random.choices(range(len(self.items)), cum_weights=self.choices, k=self.budget + 8))
        sizes = []
        left = self.budget
        while left > 0:
            sizes.append(min(left, 1 + int(random.expovariate(1 / 12))))
            left -= sizes[-1]
        minutes = sorted(random.randrange(_FIRST_MINUTE, _LAST_MINUTE) for _ in sizes)
        for minute, size in zip(minutes, sizes, strict=True):
            time = f"{minute // 60:02d}:{minute % 60:02d}"
            while size > 0:
                done = self._happen(time, size, picks)
                size -= done  # noqa: PLW2901 - what is left of this minute
        assert self.budget <= 0

    def _happen(self, time: str, size: int, picks: Iterator[int]) -> int:
        """Something of at most ``size`` lines; returns how many it had."""
        before = len(self.rows)
        chance = self.random.random() - _RETURN
        if chance < 0:
            self._return(time)
        elif chance < _LOSS:
            self._lose(time)
        elif chance < _LOSS + _FIND:
            self._find(time)
        if len(self.rows) == before:
            self._sell(time, size, picks)
        done = len(self.rows) - before
        self.budget -= done
        return done

    def _sell(self, time: str, size: int, picks: Iterator[int]) -> None:
        random = self.random
        rand = random.random
        location = random.randrange(len(self.locations))
        name = self.locations[location]
        partner = random.choice(self.customers)
        lines = [line for _ in range(size) if (line := self._take(location, picks)) is not None]
        if not lines:
            self._rush(time)
            return
        self.document += 1
        entered_at = self._entered(time)
        start, end = f"{self.date},{time},issue,", f",,{entered_at},{partner},\n"
        currency, add = self.currency, self.rows.append
        for number, (index, quantity) in enumerate(lines, 1):
            item = self.items[index]
            reference = f"SO-{self.document:07d}-{number}"
            add(f"{start}{item.sku},{name},,{quantity},,{item.price},{currency},{reference}{end}")
            if not self.late and rand() < 0.1:
                self._remember(_Sale(index, location, quantity, reference, partner, f"{self.date} {time}"))

    def _take(self, location: int, picks: Iterator[int]) -> tuple[int, int] | None:
        """An item that is there and how much of it leaves, out of the stock already."""
        random = self.random
        for attempt in range(_TRIES):
            index = next(picks, -1) if not attempt else -1
            if index < 0:
                index = random.choices(range(len(self.items)), cum_weights=self.choices)[0]
            stock = self.items[index].stock
            if stock[location] > 0:
                quantity = min(_PACKS[int(random.random() * len(_PACKS))], stock[location])
                stock[location] -= quantity
                return index, quantity
        return None

    def _remember(self, sale: _Sale) -> None:
        if len(self.sales) < _REMEMBERED_SALES:
            self.sales.append(sale)
        else:
            self.sales[self.random.randrange(_REMEMBERED_SALES)] = sale

    def _rush(self, time: str) -> None:
        """Nothing of what was asked for is there: some of it is fetched at once."""
        index = self.random.choices(range(len(self.items)), cum_weights=self.choices)[0]
        item = self.items[index]
        self._receipt(time, item, max(12, round(item.rate * 7 / 12) * 12))
        self.budget += 1  # the caller counts the line

    def _return(self, time: str) -> None:
        """A customer brings goods back; in most cases it is known from which sale."""
        if not self.sales:
            return
        random = self.random
        place = random.randrange(len(self.sales))
        sale = self.sales[place]
        if sale.moment == f"{self.date} {time}":
            return  # not at the very moment of the sale
        self.sales[place] = self.sales[-1]
        self.sales.pop()
        item = self.items[sale.item]
        quantity = random.randint(1, sale.quantity)
        self.document += 1
        item.stock[sale.location] += quantity
        self._line(
            *(time, "return_in", item, sale.location, quantity, f"RMA-{self.document:07d}"),
            price=item.price,
            applies_to=sale.reference if random.random() < _RETURN_LINKED else "",
            partner=sale.partner,
        )

    def _lose(self, time: str) -> None:
        random = self.random
        location = random.randrange(len(self.locations))
        item = random.choice(self.items)
        if not item.stock[location]:
            return
        quantity = min(item.stock[location], random.randint(1, 4))
        item.stock[location] -= quantity
        self.document += 1
        kind, note = random.choice((("waste", "broken"), ("waste", "damp"), ("adjust_out", "missing")))
        reference = f"ADJ-{self.document:07d}"
        self._line(time, kind, item, location, quantity, reference, entered_at=self._entered(time), note=note)

    def _find(self, time: str) -> None:
        random = self.random
        location = random.randrange(len(self.locations))
        item = random.choice(self.items)
        quantity = random.randint(1, 3)
        item.stock[location] += quantity
        self.document += 1
        self._line(time, "adjust_in", item, location, quantity, f"ADJ-{self.document:07d}", note="found")

    # --- the evening

    def _due_counts(self) -> list[_Item]:
        """The items to count tonight: near the end of each month a tenth of them, another tenth every time."""
        month = self.day.year, self.day.month
        if self.day.day < _COUNT_FROM or month == self.counted:
            return []
        self.counted = month
        turn = (self.day.year * 12 + self.day.month) % _COUNTED
        due = self.items[turn::_COUNTED]
        return due[: max(0, (self.budget - 2) // (2 * len(self.locations)))]

    def _count(self, due: list[_Item]) -> None:
        random = self.random
        for item in due:
            location = random.randrange(len(self.locations))
            found = item.stock[location]
            if random.random() < 0.03:
                found = max(0, found + random.choice((-3, -2, -1, -1, 1, 2)))
            item.stock[location] = found
            note = "stocktake"
            self._line(_CLOSES, "count", item, location, found, f"CNT-{self.date}-{item.sku}", note=note)
