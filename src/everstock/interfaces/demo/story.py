"""What the parts of a made-up history share: a clock that runs, chance, what lies where, and what was done."""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import ParamSpec, TypeVar

from everstock.core.problems import Refusal
from everstock.interfaces.demo.world import World

P = ParamSpec("P")
T = TypeVar("T")
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MINUTE = 60 * 1_000_000
_DAY = 24 * 60 * _MINUTE
_SATURDAY = 5
OPENS, CLOSES = 8 * 60, 17 * 60
"""Minutes of the day between which people work."""


class Story:
    """A history while it is told. What shall happen is planned with ``on``; ``run`` lets it happen in order.

    ``now`` is the moment at which the present event is recorded, in microseconds; the company's own clock shows the same.
    """

    def __init__(self, world: World, random: Random, first: dt.date, last: dt.date) -> None:
        self.world = world
        self.random = random
        self.first = first
        self.last = last
        self.now = 0
        self.day = first
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.lines = 0
        self.asked = 0
        self.served = 0
        """Lines that customers asked for, and those of which everything left at the first try."""
        self.on_hold: set[int] = set()
        """Customers, by id, to whom nothing is sold now."""
        self._planned: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    # --- time

    def on(self, day: dt.date, act: Callable[[], None], *, minute: int | None = None, any_day: bool = False) -> None:
        """Plan that something happens on a working day, ``day`` or the next one, but not before the present moment.

        ``minute``: of the day; ``None``: some time while people work. ``any_day``: on ``day`` also where nobody works then.
        """
        while not any_day and day.weekday() >= _SATURDAY:
            day += dt.timedelta(days=1)
        if minute is None:
            minute = self.random.randrange(OPENS, CLOSES)
        at = max((day.toordinal() - _EPOCH) * _DAY + minute * _MINUTE, self.now + _MINUTE)
        self._count += 1
        heapq.heappush(self._planned, (at, self._count, act))

    def after(self, least: int, most: int, act: Callable[[], None]) -> None:
        """Plan that something happens in so many days."""
        self.on(self.day + dt.timedelta(days=self.random.randint(least, most)), act)

    def run(self) -> None:
        """Let everything happen that is planned until the last day, and what is planned meanwhile."""
        while self._planned:
            self.now, _, act = heapq.heappop(self._planned)
            self.day = dt.date.fromordinal(self.now // _DAY + _EPOCH)
            if self.day > self.last:
                return
            act()

    # --- chance

    def chance(self, part: float) -> bool:
        """Whether something happens that happens in this part of all cases."""
        return self.random.random() < part

    def some(self, choices: Iterable[T]) -> T:
        """One of them."""
        return self.random.choice(list(choices))

    # --- what people do

    def do(self, what: str, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out a verb that is possible, and count it."""
        answer = verb(*args, **kwargs)
        self.done[what] += 1
        return answer

    def try_(self, code: str, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Carry out a verb that is refused with ``code``; ``AssertionError`` if it is done."""
        try:
            verb(*args, **kwargs)
        except Refusal as refusal:
            if refusal.code != code:
                raise
            self.refused[code] += 1
            return
        raise AssertionError(f"{code} was not refused")
