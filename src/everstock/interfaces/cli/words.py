"""What people type: quantities, prices, percentages, lines of documents. Each type says what is wrong with a word."""

import datetime as dt
import re
from typing import NamedTuple

import click

from everstock.core.quantities import SCALE, parse_quantity, parse_scaled, parse_unit_price
from everstock.interfaces.cli.periods import Day

DAY = Day()
ROWS = click.IntRange(1, 1_000_000_000)
"""How many rows are wanted at most."""
_QUANTITY = r"(?P<quantity>\d[\d.]*|\.\d+)\s*(?P<unit>(?![,.\d])[^@]*?)\s*"
_DISCOUNT = r"\s*(?:-(?P<discount>[\d.]+)\s*%)?"
_AFTER_EQUALS = re.compile(f"{_QUANTITY}(?:@(?P<price>[\\d.]+))?{_DISCOUNT}")
_AFTER_AT = re.compile(f"(?P<price>[\\d.]+){_DISCOUNT}")
_LOT_DAY = re.compile(r",(?P<which>expires|made)=(?P<day>[^,]*)$")
_COMMA = re.compile(r"\d,\d|[=@],\d")
_MONEY = re.compile(r"\d{1,15}(\.\d{1,4})?")


class Entry(NamedTuple):
    """A line of a document as it was typed: what it is about, and what is said of it.

    ``quantity`` and ``price`` in 10^-6, ``discount`` a fraction of 10^-6; ``None`` and empty: nothing is said.
    """

    name: str
    quantity: int | None = None
    unit: str = ""
    price: int | None = None
    discount: int | None = None


class _Number(click.ParamType[int]):
    """A decimal number as an integer of 10^-6."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_quantity(str(value))
        except ValueError as error:
            self.fail(f"“{value}” {error}{_hint(str(value))}.", param, ctx)


class _Percent(click.ParamType[int]):
    """A percentage, with or without its sign, as a fraction of 10^-6."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return _fraction(str(value).removesuffix("%"))
        except ValueError as error:
            self.fail(f"“{value}” {error}{_hint(str(value))}.", param, ctx)


class _Rate(click.ParamType[int]):
    """An exchange rate as an integer of 10^-9."""

    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_scaled(str(value), 9)
        except ValueError as error:
            self.fail(f"“{value}” {error}{_hint(str(value))}.", param, ctx)


class _Amount(click.ParamType[str]):
    """An amount of money. It stays text until its currency, and so its decimals, are known."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not _MONEY.fullmatch(text):
            self.fail(f"“{value}” is not an amount such as 1234.50{_hint(text, sign=True)}.", param, ctx)
        return text


class EntryType(click.ParamType[Entry]):
    """A line: ``ITEM=QUANTITY[UNIT][@PRICE][-DISCOUNT%]``.

    ``form`` is what it looks like where it is used, and decides what may stand in it: without ``@PRICE`` no price, and so on;
    where the quantity is in brackets, ``ITEM`` or ``ITEM@PRICE`` will do.
    """

    name = "line"

    def __init__(self, form: str) -> None:
        self.form = form
        self._quantity_needed = "[=" not in form

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Entry:
        if isinstance(value, Entry):
            return value
        text = str(value).strip()
        name, mark, tail = text.rpartition("=" if "=" in text else "@")
        if not mark:
            name, match = text, None
        else:
            match = (_AFTER_EQUALS if mark == "=" else _AFTER_AT).fullmatch(tail.strip())
        if (mark and match is None) or not name.strip() or (self._quantity_needed and mark != "="):
            self.fail(f"“{value}” does not look like {self.form}{_hint(tail, sign=True)}.", param, ctx)
        found = {} if match is None else {part: said for part, said in match.groupdict().items() if said}
        for part in found.keys() - {"quantity"}:
            if part.upper() not in self.form:
                self.fail(f"“{value}”: there is no {part} here, only {self.form}.", param, ctx)
        try:
            return Entry(
                name.strip(),
                parse_quantity(found["quantity"]) if "quantity" in found else None,
                found.get("unit", ""),
                parse_unit_price(found["price"]) if "price" in found else None,
                _fraction(found["discount"]) if "discount" in found else None,
            )
        except ValueError as error:
            self.fail(f"“{value}”: a number {error}.", param, ctx)


class PairType(click.ParamType[tuple[str, str]]):
    """Two words, ``NAME=WORD``; ``form`` is what they look like where they are used. ``alone``: the second may be left out."""

    name = "pair"

    def __init__(self, form: str, *, alone: bool = False) -> None:
        self.form = form
        self._alone = alone

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, word = str(value).rpartition("=")
        if not equals and self._alone:
            name, word = str(value), ""
        elif not name.strip() or not word.strip():
            self.fail(f"“{value}” does not look like {self.form}.", param, ctx)
        return name.strip(), word.strip()


class _Holiday(click.ParamType[tuple[dt.date, str]]):
    """A day without work, and what it is called, or ``""``: ``DATE`` or ``DATE=NAME``."""

    name = "holiday"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[dt.date, str]:
        if isinstance(value, tuple):
            return value
        day, _, name = str(value).partition("=")
        return DAY.convert(day.strip(), param, ctx), name.strip()


HOLIDAY = _Holiday()
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Weekdays(click.ParamType[int]):
    """Weekdays, such as ``sat,sun``, or ``none``, as bits, Monday the lowest."""

    name = "weekdays"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        short = [name[:3].lower() for name in _WEEKDAYS]
        bits = 0
        for typed in [] if value == "none" else str(value).split(","):
            if typed.strip().lower()[:3] not in short:
                self.fail(f"“{typed.strip()}” is no weekday; use {', '.join(short)}, or none.", param, ctx)
            bits |= 1 << short.index(typed.strip().lower()[:3])
        return bits


WEEKDAYS = _Weekdays()


def weekdays(bits: int) -> str:
    """Return the names of weekdays that are given as bits, Monday the lowest."""
    return ", ".join(name for bit, name in enumerate(_WEEKDAYS) if bits >> bit & 1)


class _Priced(click.ParamType[tuple[str, int]]):
    """A text and a price, ``TEXT=PRICE``; the price in 10^-6."""

    name = "charge"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        text, _, price = str(value).rpartition("=")
        try:
            if not text.strip():
                raise ValueError("does not look like TEXT=PRICE")
            return text.strip(), parse_unit_price(price)
        except ValueError as error:
            self.fail(f"“{value}” {error}{_hint(str(value))}.", param, ctx)


PRICED = _Priced()


class LotEntry(NamedTuple):
    """A lot as it was typed; ``quantity`` in 10^-6 of the unit of its line, ``None``: all of it, or one piece."""

    item: str
    code: str
    quantity: int | None = None
    expires_on: dt.date | None = None
    manufactured_on: dt.date | None = None


class LotType(click.ParamType[LotEntry]):
    """A lot or serial number: ``ITEM=LOT[:QUANTITY][,expires=DATE][,made=DATE]``."""

    name = "lot"
    form = "ITEM=LOT[:QUANTITY][,expires=DATE][,made=DATE]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> LotEntry:
        if isinstance(value, LotEntry):
            return value
        text, days = str(value), dict[str, dt.date]()
        while match := _LOT_DAY.search(text):
            days[match["which"]] = DAY.convert(match["day"], param, ctx)
            text = text[: match.start()]
        item, _, lot = text.partition("=")
        code, colon, quantity = lot.rpartition(":")
        if not colon or not re.fullmatch(r"[\d.]+", quantity):
            code, quantity = lot, ""
        if not item.strip() or not code.strip():
            self.fail(f"“{value}” does not look like {self.form}.", param, ctx)
        try:
            count = parse_quantity(quantity) if quantity else None
        except ValueError as error:
            self.fail(f"“{value}”: the quantity {error}.", param, ctx)
        return LotEntry(item.strip(), code.strip(), count, days.get("expires"), days.get("made"))


NUMBER, PERCENT, RATE, AMOUNT = _Number(), _Percent(), _Rate(), _Amount()


def _hint(text: str, *, sign: bool = False) -> str:
    """What is wrong with a number in ``text``, where it can be told, as the end of a sentence; ``sign``: also that it has one."""
    if _COMMA.search(text):
        return ": decimals are written with a point, and thousands with nothing between them"
    if sign and re.search(r"(^|@)\s*-\s*[\d.]", text):
        return ": no number here is below zero"
    return ""


def _fraction(percent: str) -> int:
    """Percent as a fraction of 10^-6."""
    assert SCALE == 100 * 10**4, "a percent is 10^4 of 10^-6"
    return parse_scaled(percent, 4)
