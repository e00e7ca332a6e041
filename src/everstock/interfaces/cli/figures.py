"""Figures as text: moments and unit prices."""

import datetime as dt

from everstock.core.quantities import format_quantity

_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)


def effective(at: int) -> str:
    """A moment of the company's clock; the first and the last instant of a day are that day."""
    moment = _EPOCH + at * _MICROSECOND
    whole_day = moment.time() in {dt.time.min, dt.time.max}
    return moment.date().isoformat() if whole_day else moment.isoformat()


def recorded(at: int) -> str:
    """A moment in UTC."""
    return (_EPOCH + at * _MICROSECOND).isoformat() + "Z"


def price(value: int | None, digits: int) -> str | None:
    """A unit price with at least the currency's decimals."""
    if value is None:
        return None
    whole, _, fraction = format_quantity(value).partition(".")
    fraction = fraction.ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole
