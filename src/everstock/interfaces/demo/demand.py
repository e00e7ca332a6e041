"""What customers of a made-up company want: more before the holidays, some things in their season, promotions at once, new goods, slow ones."""

import datetime as dt
from collections import deque
from itertools import accumulate
from typing import NamedTuple

from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel, Goods, Promotion

_SEASONS = (0.85, 0.85, 0.95, 1.0, 1.0, 0.95, 0.85, 0.85, 1.05, 1.15, 1.45, 1.35)
"""How much is bought in each month, beside the usual."""
_PEAK = 2.2
"""How much more is wanted in its season of what has one."""
_PROMOTED = 2.5
_GROWTH = 0.25
"""So much more is bought after a year."""
_SEEN = 63
"""Days whose sales a buyer looks at to say what will be wanted; what was guessed in the beginning counts like ``_GUESSED`` of them."""
_GUESSED = 28


class Habits(NamedTuple):
    """How customers of a channel buy: its part of all orders, how much on each weekday, lines of an order, pieces of a line."""

    part: float
    weekdays: tuple[float, ...]
    lines: tuple[int, int]
    pieces: tuple[int, int]


HABITS = {
    Channel.WEB: Habits(0.45, (1.2, 1.0, 0.9, 0.9, 0.9, 1.1, 1.4), (1, 4), (1, 3)),
    Channel.MARKET: Habits(0.2, (1.1, 1.0, 1.0, 1.0, 1.0, 1.1, 1.2), (1, 2), (1, 2)),
    Channel.TRADE: Habits(0.2, (1.3, 1.2, 1.0, 1.0, 0.7, 0.0, 0.0), (2, 8), (3, 20)),
    Channel.COUNTER: Habits(0.15, (0.8, 0.8, 0.9, 1.0, 1.3, 1.8, 0.0), (1, 3), (1, 3)),
}


class Forecast(NamedTuple):
    """What is expected to be wanted of goods in a day, in pieces, and the variance of that."""

    rate: float
    variance: float


class Demand:
    """Says who wants what, and, to whoever buys, what will be wanted."""

    def __init__(self, story: Story, orders: int) -> None:
        self.story = story
        self._there: dict[int, dt.date] = {}
        self._wanted: dict[int, deque[tuple[dt.date, int]]] = {goods.id: deque() for goods in story.world.goods}
        self._choice: tuple[dt.date, list[Goods], list[float]] = (dt.date.min, [], [])
        days = (story.last - story.first).days + 1
        pieces = sum(
            orders * habits.part * sum(habits.lines) / 2 * sum(habits.pieces) / 2 / days for habits in HABITS.values()
        )
        appeal = sum(goods.appeal for goods in story.world.goods)
        self._guess = {
            goods.id: pieces * goods.appeal / appeal * story.random.uniform(0.7, 1.3) for goods in story.world.goods
        }

    def days(self, channel: Channel, orders: int) -> list[dt.date]:
        """Draw the days on which so many customers of a channel order."""
        story = self.story
        days = [story.first + dt.timedelta(days=n) for n in range((story.last - story.first).days + 1)]
        weekdays = HABITS[channel].weekdays
        weights = [self._season(day) * weekdays[day.weekday()] for day in days]
        return sorted(story.random.choices(days, weights, k=orders))

    def _season(self, day: dt.date) -> float:
        return _SEASONS[day.month - 1] * (1 + _GROWTH * (day - self.story.first).days / 365)

    def introduce(self, goods: Goods) -> None:
        """From now on they can be sold."""
        self._there.setdefault(goods.id, self.story.day)

    def is_sold(self, goods: Goods) -> bool:
        """Whether they can be sold today."""
        return goods.id in self._there and self.story.day <= goods.until

    # --- what customers want

    def basket(self, channel: Channel) -> list[tuple[Goods, int]]:
        """What a customer wants today: goods and pieces; nothing where nothing is sold yet."""
        random = self.story.random
        goods, weights = self._weighted()
        if not goods:
            return []
        habits = HABITS[channel]
        chosen = random.choices(goods, cum_weights=weights, k=random.randint(*habits.lines))
        basket = []
        for one in dict.fromkeys(chosen):
            pieces = random.randint(*habits.pieces)
            basket.append((one, 1 + pieces // 10 if one.tracking == "serial" else pieces))
        return basket

    def _weighted(self) -> tuple[list[Goods], list[float]]:
        """What is sold today, and how much of all is asked for up to each."""
        story = self.story
        if self._choice[0] != story.day:
            sold = [one for one in story.world.goods if self.is_sold(one)]
            weights = list(accumulate(self._appeal(one, story.day) for one in sold))
            self._choice = story.day, sold, weights
        return self._choice[1], self._choice[2]

    def _appeal(self, goods: Goods, day: dt.date) -> float:
        appeal = goods.appeal * (_PEAK if _in_season(goods, day) else 1.0)
        if any(goods.id in one.goods and one.first <= day <= one.last for one in self.story.world.promotions):
            appeal *= _PROMOTED
        return appeal

    # --- what whoever buys expects

    def note(self, goods: Goods, pieces: int) -> None:
        """Remember what was wanted, delivered or not."""
        self._wanted[goods.id].append((self.story.day, pieces))

    def forecast(self, goods: Goods, ahead: int) -> Forecast:
        """What will be wanted of goods in a day in the next ``ahead`` days, as it looks today."""
        story = self.story
        since = story.day - dt.timedelta(days=_SEEN)
        wanted = self._wanted[goods.id]
        while wanted and wanted[0][0] < since:
            wanted.popleft()
        seen = min(_SEEN, (story.day - self._there.get(goods.id, story.day)).days)
        guess = self._guess[goods.id]
        pieces = [one for _, one in wanted]
        rate = (guess * _GUESSED + sum(pieces)) / (_GUESSED + seen)
        squares = (guess * 8 * _GUESSED + sum(one * one for one in pieces)) / (_GUESSED + seen)
        middle, then = story.day - dt.timedelta(days=seen // 2), story.day + dt.timedelta(days=ahead)
        trend = self._season(then) / self._season(middle)
        if _in_season(goods, then) != _in_season(goods, middle):
            trend *= _PEAK if _in_season(goods, then) else 1 / _PEAK
        cheap = promoted_days(story.world.promotions, goods, story.day, then) / max(1, ahead)
        trend *= 1 + cheap * (_PROMOTED - 1)
        return Forecast(rate * trend, squares * trend)


def promoted_days(promotions: list[Promotion], goods: Goods, first: dt.date, last: dt.date) -> int:
    """On how many days between two (both included) goods are in a promotion."""
    return sum(
        max(0, (min(one.last, last) - max(one.first, first)).days + 1) for one in promotions if goods.id in one.goods
    )


def _in_season(goods: Goods, day: dt.date) -> bool:
    return goods.peak is not None and (day.month - goods.peak) % 12 <= 1
