"""Lines of a movement file: from cells to numbers, codes still as text. Whatever is wrong goes to the list of problems."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from everstock.core.facts import DAY, INBOUND, ON_HAND_VALUE, OUTBOUND, RECEIPT_VALUE, Kind
from everstock.core.problems import ProblemList
from everstock.core.quantities import (
    LIMIT,
    line_value,
    parse_money,
    parse_quantity,
    parse_scaled,
    parse_unit_price,
    round_half_up,
)
from everstock.interfaces.files.moments import Days, Moments, Numbers, Times
from everstock.masterdata.codes import code_problem
from everstock.masterdata.currencies import CURRENCIES

COLUMNS = (
    *("date", "time", "kind", "item", "location", "to_location", "lot", "quantity", "uom", "unit_cost", "amount"),
    *("unit_price", "currency", "rate", "reference", "applies_to", "entered_at", "partner", "note"),
)
REQUIRED = ("date", "kind", "item", "reference")

_KINDS = {kind.value: kind for kind in Kind if kind is not Kind.REVERSAL}
_PRICED = frozenset({Kind.ISSUE, Kind.RETURN_IN})
_VALUE_ONLY = RECEIPT_VALUE | ON_HAND_VALUE
_END_OF_DAY = DAY - 1
_RATE = 10**9
_LONGEST_REFERENCE = 200
_LONGEST_NOTE = 2000
_IGNORED_COST = OUTBOUND | {Kind.TRANSFER, Kind.COUNT}


class Row(NamedTuple):
    """A line as entered. ``key`` and ``number`` are its place in the order of posting.

    ``value`` in the company's minor unit, ``unit_cost`` (of value-only lines that give no amount) and ``unit_price`` in 10^-6 of the
    company's major unit per ``uom``. ``details``: what the books do not need, as pairs.
    """

    key: int
    number: int
    kind: str
    recorded_at: int
    effective_at: int
    item: str
    location: str
    to_location: str
    lot: str
    quantity: int
    uom: str
    value: int | None
    unit_cost: int | None
    unit_price: int | None
    reference: str
    applies_to: str
    partner: str
    details: tuple[str, ...]


class Terms(NamedTuple):
    """What is known before a file is read. ``rate``: (currency, day) to 10^-9 of the company's currency, if set."""

    currency: str
    digits: int
    recorded_at: int
    by_entry: bool
    rate: Callable[[str, int], int | None]

    @property
    def minor_per_major(self) -> int:
        """Minor units of the company's currency in a major one."""
        return int(10**self.digits)


class _Exchange(NamedTuple):
    """How amounts of a line become the company's: its currency's decimals, the rate in 10^-9."""

    currency: str
    digits: int
    rate: int
    details: tuple[str, ...]


class Rows:
    """Reads lines into rows; ``columns`` are those the file has."""

    def __init__(self, terms: Terms, columns: frozenset[str], problems: ProblemList) -> None:
        self.terms = terms
        self.ignored: dict[str, int] = {}
        self.last_day = 0
        self._columns = columns
        self._problems = problems
        self._home = _Exchange(terms.currency, terms.digits, _RATE, ())
        self._days, self._times = Days(), Times()
        self._moments = Moments(self._days, self._times)
        self._good = {""}
        self._quantities, self._prices = Numbers(parse_quantity), Numbers(parse_unit_price)
        self._missing: set[str] = set()
        self._number = 0

    def read(self, number: int, cells: tuple[str, ...]) -> Row | None:
        """The row of a line, or ``None`` if something is wrong with it."""
        self._number = number
        before = self._problems.total
        date, time, kind_text, item, location, to_location, lot, quantity_text, uom, unit_cost, amount, *rest = cells
        unit_price, currency, rate, reference, applies_to, entered_at, partner, note = rest
        kind = _KINDS.get(kind_text) or self._kind(kind_text)
        at = self._moment(date, time, kind)
        recorded = self._entered(entered_at) if self.terms.by_entry else self.terms.recorded_at
        self._codes(item, location, to_location, lot, uom, partner)
        self._words(reference, applies_to, note)
        if kind is None:
            return None
        exchange = (
            self._exchange(currency, rate, date) if rate or currency not in ("", self._home.currency) else self._home
        )
        quantity = self._quantity(kind, quantity_text)
        value = price = each = None
        if kind in _IGNORED_COST:
            if unit_cost or amount:
                self._ignore(kind, "amount" if amount else "unit_cost")
        elif kind in INBOUND:
            value = self._value(exchange, quantity, unit_cost, amount)
        else:
            value, each = self._value_only(kind, exchange, unit_cost, amount)
        if unit_price:
            if kind in _PRICED:
                price = self._price(exchange, "unit_price", unit_price)
            else:
                self._ignore(kind, "unit_price")
        self._needs(kind, item, location, to_location, applies_to)
        if self._problems.total != before:
            return None
        details = exchange.details
        if note or details:
            details = self._details(exchange, note, unit_cost, amount, unit_price)
        key = recorded if self.terms.by_entry else at * 2 + (kind not in INBOUND)
        if kind is not Kind.TRANSFER:
            to_location = ""
        return Row(
            *(key, number, kind._value_, recorded, at, item, location, to_location, lot, quantity, uom),
            *(value, each, price, reference, applies_to, partner, details),
        )

    # --- when, what, where

    def _bad(self, column: str, value: str, reason: str) -> None:
        self._problems.add(self._number, column, value, reason)

    def _kind(self, text: str) -> Kind | None:
        kind = _KINDS.get(text.lower())
        if kind is None:
            self._bad("kind", text, "is empty" if not text else "is not one of " + ", ".join(_KINDS))
        return kind

    def _moment(self, date: str, time: str, kind: Kind | None) -> int:
        try:
            day = self._days[date]
        except ValueError as error:
            self._bad("date", date, str(error))
            return 0
        self.last_day = max(self.last_day, day)
        if not time:
            return day if kind in INBOUND else day + _END_OF_DAY
        try:
            return day + self._times[time]
        except ValueError as error:
            self._bad("time", time, str(error))
            return day

    def _entered(self, text: str) -> int:
        try:
            moment = self._moments[text]
        except ValueError as error:
            reason = "is needed with --order entered" if not text else str(error)
            self._bad("entered_at", text, reason)
            return 0
        if moment > self.terms.recorded_at:
            self._bad("entered_at", text, "lies in the future")
        return moment

    def _codes(self, item: str, location: str, to_location: str, lot: str, uom: str, partner: str) -> None:
        good = self._good
        if item in good and location in good and partner in good and not (to_location or lot or uom):
            return
        for column, code in (
            ("item", item),
            ("location", location),
            ("to_location", to_location),
            ("lot", lot),
            ("uom", uom),
            ("partner", partner),
        ):
            if code not in good:
                problem = code_problem(code)
                if problem:
                    self._bad(column, code, problem)
                elif column != "lot":
                    good.add(code)

    def _words(self, reference: str, applies_to: str, note: str) -> None:
        if not reference:
            self._bad("reference", "", "is empty")
        for column, text in (("reference", reference), ("applies_to", applies_to)):
            if text and (len(text) > _LONGEST_REFERENCE or not text.isprintable()):
                too_long = len(text) > _LONGEST_REFERENCE
                reason = (
                    f"is longer than {_LONGEST_REFERENCE} characters"
                    if too_long
                    else "contains an unprintable character"
                )
                self._bad(column, text[:_LONGEST_REFERENCE], reason)
        if note and (len(note) > _LONGEST_NOTE or "\0" in note):
            self._bad("note", note[:50], f"is longer than {_LONGEST_NOTE} characters or contains a zero character")

    def _needs(self, kind: Kind, item: str, location: str, to_location: str, applies_to: str) -> None:
        if kind in RECEIPT_VALUE:
            if not applies_to:
                self._lacks("applies_to", f"is empty: a {kind.value} needs the reference of the receipt")
            return
        if not item:
            self._lacks("item", "is empty")
        if not location:
            self._lacks("location", "is empty")
        if kind is Kind.TRANSFER:
            if not to_location:
                self._lacks("to_location", "is empty: a transfer needs it")
            elif to_location == location:
                self._bad("to_location", to_location, "is the location itself")

    def _lacks(self, column: str, reason: str) -> None:
        """Note that a cell is empty; a column that is not there at all is noted once."""
        if column in self._columns:
            self._bad(column, "", reason)
        elif column not in self._missing:
            self._missing.add(column)
            self._problems.add(1, column, "", f"the header has no such column, and line {self._number} needs it")
        else:
            self._problems.total += 1

    # --- how much

    def _quantity(self, kind: Kind, text: str) -> int:
        if kind in _VALUE_ONLY:
            return 0
        if not text:
            self._lacks("quantity", "is empty")
            return 1
        try:
            quantity = self._quantities[text]
        except ValueError as error:
            self._bad("quantity", text, str(error))
            return 1
        if not quantity and kind is not Kind.COUNT:
            self._bad("quantity", text, "must be above zero")
        return quantity

    def _value(self, exchange: _Exchange, quantity: int, unit_cost: str, amount: str) -> int | None:
        """The value of an inbound line; ``None``: at current cost."""
        if amount:
            return self._money(exchange, amount)
        if not unit_cost:
            return None
        try:
            price = self._prices[unit_cost]
        except ValueError as error:
            self._bad("unit_cost", unit_cost, str(error))
            return 0
        value = line_value(quantity, price, 10**exchange.digits)
        if exchange is not self._home:
            value = self._exchanged(exchange, value)
        if value >= LIMIT:
            self._bad("unit_cost", unit_cost, "makes a value that is too large")
        return value

    def _value_only(
        self, kind: Kind, exchange: _Exchange, unit_cost: str, amount: str
    ) -> tuple[int | None, int | None]:
        """(value of the whole line, or value per unit) of a value-only line."""
        if kind in ON_HAND_VALUE:
            if not unit_cost:
                self._lacks("unit_cost", f"is empty: a {kind.value} needs the new value of one unit")
                return None, None
            return None, self._price(exchange, "unit_cost", unit_cost)
        if amount:
            return self._money(exchange, amount, signed=kind is Kind.LANDED_COST), None
        if unit_cost:
            return None, self._price(exchange, "unit_cost", unit_cost)
        self._lacks("amount", f"is empty: a {kind.value} needs it, or unit_cost")
        return None, None

    def _money(self, exchange: _Exchange, text: str, *, signed: bool = False) -> int:
        try:
            value = parse_money(text, exchange.digits, signed=signed)
        except ValueError as error:
            self._bad("amount", text, str(error))
            return 0
        if exchange is not self._home:
            value = self._exchanged(exchange, value)
        if abs(value) >= LIMIT:
            self._bad("amount", text, "is too large")
        return value

    def _exchanged(self, exchange: _Exchange, value: int) -> int:
        return round_half_up(value * exchange.rate * self.terms.minor_per_major, _RATE * 10**exchange.digits)

    def _price(self, exchange: _Exchange, column: str, text: str) -> int | None:
        try:
            price = self._prices[text]
        except ValueError as error:
            self._bad(column, text, str(error))
            return None
        if exchange is not self._home:
            price = round_half_up(price * exchange.rate, _RATE)
        if price >= LIMIT:
            self._bad(column, text, "is too large")
        return price

    def _exchange(self, currency: str, rate_text: str, date: str) -> _Exchange:
        code = currency.upper() or self._home.currency
        if code not in CURRENCIES:
            self._bad("currency", currency, "is not a known currency")
            return self._home
        rate = self._rate(code, rate_text, date)
        if code == self._home.currency:
            if rate != _RATE:
                self._bad("rate", rate_text, "is not 1, though the currency is the company's own")
            return self._home
        return _Exchange(code, CURRENCIES[code][1], rate, ("currency", code, "rate", _rate_text(rate)))

    def _rate(self, code: str, text: str, date: str) -> int:
        if text:
            try:
                rate = parse_scaled(text, 9)
            except ValueError as error:
                self._bad("rate", text, str(error))
                return _RATE
            if not rate:
                self._bad("rate", text, "must be above zero")
            return rate or _RATE
        if code == self._home.currency:
            return _RATE
        day = self._days.get(date)
        known = None if day is None else self.terms.rate(code, day // DAY)
        if known is None and day is not None:
            reason = f"is empty, and no exchange rate from {code} to {self._home.currency} is set for {date}"
            self._bad("rate", "", reason)
        return known or _RATE

    def _ignore(self, kind: Kind, column: str) -> None:
        name = f"{column} on {kind.value}"
        self.ignored[name] = self.ignored.get(name, 0) + 1

    @staticmethod
    def _details(exchange: _Exchange, note: str, unit_cost: str, amount: str, unit_price: str) -> tuple[str, ...]:
        """What is kept besides: the note, and amounts as entered in a foreign currency."""
        details: tuple[str, ...] = ("note", note) if note else ()
        if exchange.details:
            entered: Mapping[str, str] = {"unit_cost": unit_cost, "amount": amount, "unit_price": unit_price}
            details += exchange.details
            for name, text in entered.items():
                if text:
                    details += (name, text)
        return details


def _rate_text(rate: int) -> str:
    whole, fraction = divmod(rate, _RATE)
    return f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")
