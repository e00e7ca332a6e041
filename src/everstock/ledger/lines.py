"""What a caller hands to the ledger: documents of lines, with ids instead of codes and integers instead of text."""

import datetime as dt
import hashlib
from typing import NamedTuple

from everstock.core.facts import Kind

_EPOCH = dt.date(1970, 1, 1).toordinal()


class Line(NamedTuple):
    """One line to post.

    ``effective_at`` in microseconds of the company's clock, or ``None``: the moment of recording. ``location`` is where stock
    comes in, leaves, is counted or valued; ``to_location`` only for a transfer. ``partner_location`` replaces the default
    partner location of the kind. ``quantity`` in 10^-6 base units (value facts: 0); ``value`` the line's value in minor units
    (``None``: at current cost), for a cost change the new value, for landed cost what is added; ``unit_value`` (write-down,
    revaluation) and ``unit_price`` (selling) in 10^-6 major units. ``applies_to``: reference of the line returned, re-costed,
    charged or reversed. ``reference`` is unique in the company. ``contra``: an account instead of the posting rules'.
    ``number``: where the line stands in its file.
    """

    kind: Kind
    item: int
    reference: str
    quantity: int = 0
    location: int | None = None
    to_location: int | None = None
    lot: int | None = None
    effective_at: int | None = None
    value: int | None = None
    unit_value: int | None = None
    applies_to: str | None = None
    unit_price: int | None = None
    partner: int | None = None
    partner_location: int | None = None
    contra: int | None = None
    details: str | None = None
    number: int = 0

    def content(self) -> int:
        """A 63-bit fingerprint of what was entered: the same reference may come again only with the same content."""
        text = repr((self.kind.value, *self[1:-1]))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


class JournalLine(NamedTuple):
    """An entry that moves nothing: debit ``account``, credit ``contra`` by ``amount`` minor units (negative: the other way round).

    ``day``: days since 1970-01-01; the books have it on the first open day from there. Accounts that carry the value of stock are
    refused: only movements change them.
    """

    account: int
    contra: int
    amount: int
    day: int


class Document(NamedTuple):
    """What is recorded together. ``recorded_at``: microseconds UTC, read by the caller; the ledger never lets it run backwards.

    ``source`` says through what it came (import, command line, a process); ``reference`` names the document, ``actor`` the person.
    ``journal`` is posted with the first of the lines that is not a repetition; without lines, whoever calls sees to it that it is
    posted once.
    """

    recorded_at: int
    lines: tuple[Line, ...]
    source: str
    reference: str | None = None
    actor: str | None = None
    journal: tuple[JournalLine, ...] = ()


def epoch_day(day: dt.date) -> int:
    """Return a day as days since 1970-01-01, as a ``JournalLine`` has it."""
    return day.toordinal() - _EPOCH
