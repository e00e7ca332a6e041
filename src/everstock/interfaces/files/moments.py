"""Dates and times of files as microseconds since 1970, and numbers: each distinct text read once."""

import datetime as dt
import re
from collections.abc import Callable

from everstock.core.facts import DAY

_EPOCH = dt.date(1970, 1, 1).toordinal()
_UTC_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?", re.ASCII)
_REMEMBERED = 100_000


class _Remembered(dict[str, int]):
    """What was read before; forgotten when it grows, so that memory does not follow the file."""

    def __setitem__(self, key: str, value: int) -> None:
        if len(self) >= _REMEMBERED:
            self.clear()
        super().__setitem__(key, value)


class Numbers(_Remembered):
    """Texts to what ``parse`` makes of them."""

    def __init__(self, parse: Callable[[str], int]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> int:
        self[text] = value = self._parse(text)
        return value


class Days(_Remembered):
    """Text ``YYYY-MM-DD`` to the first moment of the day; ``ValueError`` with a short reason."""

    def __missing__(self, text: str) -> int:
        if not text:
            raise ValueError("is empty")
        if not _DATE.fullmatch(text):
            raise ValueError("is not a date such as 2026-01-31")
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        self[text] = value = (day.toordinal() - _EPOCH) * DAY
        return value


class Times(_Remembered):
    """Text ``HH:MM[:SS[.ffffff]]`` to microseconds of the day; ``ValueError`` with a short reason."""

    def __missing__(self, text: str) -> int:
        match = _TIME.fullmatch(text)
        if match is None:
            raise ValueError("is not a time such as 14:30 or 14:30:59")
        hours, minutes, seconds, fraction = match.groups()
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds or 0)
        self[text] = value = whole * 1_000_000 + int((fraction or "0").ljust(6, "0"))
        return value


class Moments(_Remembered):
    """Text ``YYYY-MM-DD [HH:MM[:SS]]``, UTC unless it has an offset, to microseconds; ``ValueError`` with a short reason."""

    def __init__(self, days: Days, times: Times) -> None:
        super().__init__()
        self._days = days
        self._times = times

    def __missing__(self, text: str) -> int:
        if not text:
            raise ValueError("is empty")
        date, _, time = text.replace("T", " ").partition(" ")
        if time[-1:] == "Z" or "+" in time or "-" in time:
            value = self._with_offset(text)
        else:
            value = self._days[date] + (self._times[time] if time else 0)
        self[text] = value
        return value

    @staticmethod
    def _with_offset(text: str) -> int:
        try:
            moment = dt.datetime.fromisoformat(text)
            return (moment - _UTC_EPOCH) // dt.timedelta(microseconds=1)
        except (ValueError, TypeError):
            raise ValueError("is not a moment such as 2026-01-31 14:30 or 2026-01-31T14:30:00+02:00") from None
