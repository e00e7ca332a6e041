"""On which days a supplier or the company itself works, how long it takes, and the day on which goods can be expected."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

_DAY = dt.timedelta(days=1)
ALL_WEEKDAYS = 0b1111111
LONGEST_LEAD_TIME = 3650
"""Days."""
LEARNED_FROM = 5
"""Deliveries after which what a supplier takes is believed rather than what it promised."""


def usual_lead_time(promised: int, learned_days: int, learned_count: int) -> int:
    """Return the mean of what deliveries took, in whole days rounded up, once there are enough; until then what was promised."""
    return -(-learned_days // learned_count) if learned_count >= LEARNED_FROM else promised


class Calendar(NamedTuple):
    """When somebody works. ``closed_weekdays``: bit 0 is Monday, never all seven; ``holidays``: days without work."""

    closed_weekdays: int = 0
    holidays: Collection[dt.date] = frozenset()

    def open_from(self, day: dt.date) -> dt.date:
        """Return ``day`` if there is work on it, else the next day on which there is."""
        while self.closed_weekdays >> day.weekday() & 1 or day in self.holidays:
            day += _DAY
        return day

    def after(self, day: dt.date, working_days: int) -> dt.date:
        """Return the day on which work of so many days is done that begins on ``day``, or when there is work next; 0: on that day."""
        done = self.open_from(day)
        for _ in range(working_days):
            done = self.open_from(done + _DAY)
        return done

    def expected(self, ordered_on: dt.date, lead_time: int) -> dt.date:
        """Return the day on which goods ordered on ``ordered_on`` are expected, ``lead_time`` in calendar days.

        An order that arrives on a closed day is read on the next open one, and nothing is delivered on a closed day.
        """
        return self.open_from(self.open_from(ordered_on) + lead_time * _DAY)

    def took(self, ordered_on: dt.date, received_on: dt.date) -> int:
        """Return how many days the supplier took: from the first day it worked on the order to the receipt, at least 0."""
        return max(0, (received_on - self.open_from(ordered_on)).days)
