"""Numbers, money, dates and texts as a document prints them, by the habits of its language."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import TypedDict

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

from everstock.interfaces.paper.texts import REGION, Language

_WITHOUT_A_BREAK = re.compile(r"[^\s\u200b]{21,}")
_PIECE = 4
_LONG_WORD = 24
"""Letters of a word that still fits into a narrow column."""
_NOT_PRINTED = {"Cc", "Cs"}
"""Unicode categories without a picture: control characters, halves of pairs."""
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class Aligned(TypedDict):
    """A number for a column: ``pad`` is the invisible rest that puts its decimal mark under that of the others."""

    text: str
    pad: str


def clean(text: str) -> list[str]:
    """The lines of a text, fit to be printed.

    What has no picture becomes a space, and what turns the direction of the writing around is dropped: a paper shows the
    order in which things stand. Codes and words longer than a narrow column may be broken anywhere.
    """
    lines = text.translate(_DIRECTIONS).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_WITHOUT_A_BREAK.sub(_in_pieces, "".join(map(_picture, line))).strip() for line in lines]


def one_line(text: str) -> str:
    """The same in one line."""
    return " ".join(line for line in clean(text) if line)


def _picture(character: str) -> str:
    return " " if unicodedata.category(character) in _NOT_PRINTED else character


def _in_pieces(word: re.Match[str]) -> str:
    text = word[0]
    # words that hyphens join are broken there by themselves: nobody reads a name that is cut anywhere else
    joined = [piece.strip(".,;:!?()“”„’") for piece in re.split("[-–]", text)]
    if all(not piece or (len(piece) <= _LONG_WORD and piece.isalpha() and not piece.isupper()) for piece in joined):
        return text
    return "\u200b".join(text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


class Formats:
    """Formats by the habits of a language's region."""

    def __init__(self, language: Language) -> None:
        self._locale = Locale(language.value, REGION[language])
        self._mark = self._locale.number_symbols["latn"]["decimal"]

    def day(self, day: dt.date | None) -> str:
        """``17 Mar 2026``, ``17. mar. 2026``, ``17.03.2026``; nothing for None."""
        return "" if day is None else format_date(day, "medium", self._locale)

    def money(self, amount: int, digits: int) -> str:
        """Minor units with exactly ``digits`` decimals: ``1,234.50``."""
        return self._number(Decimal(amount).scaleb(-digits), digits, digits)

    def quantity(self, quantity: int) -> str:
        """A quantity of 10^-6 with the decimals it needs."""
        return self._number(Decimal(quantity).scaleb(-6), 0, 6)

    def unit_price(self, price: int, digits: int) -> str:
        """A price of 10^-6 of the major unit, with ``digits`` decimals or more if it needs them, at most six."""
        return self._number(Decimal(price).scaleb(-6), min(digits, 6), 6)

    def percent(self, rate: int) -> str:
        """A fraction of 10^-6 as percent: ``19 %``, ``7.5%``."""
        pattern = _percent(self._locale.percent_formats[None].pattern)
        return str(pattern.apply(Decimal(rate).scaleb(-6), self._locale))

    def _number(self, value: Decimal, least: int, most: int) -> str:
        return str(_pattern(least, most).apply(value, self._locale))

    def aligned(self, numbers: Iterable[str]) -> list[Aligned]:
        """Numbers of one column with what each lacks behind the decimal mark; empty ones stay empty."""
        column = list(numbers)
        tails = [number[number.rindex(self._mark) :] if self._mark in number else "" for number in column]
        longest = max(tails, key=len, default="")
        return [
            Aligned(text=number, pad=longest[len(tail) :] if number else "")
            for number, tail in zip(column, tails, strict=True)
        ]


@cache
def _pattern(least: int, most: int) -> NumberPattern:
    return parse_pattern(f"#,##0.{'0' * least}{'#' * (most - least)}")


@cache
def _percent(pattern: str) -> NumberPattern:
    return parse_pattern(pattern.replace("0", "0.####"))
