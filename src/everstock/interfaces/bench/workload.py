"""What the posting figures post: documents of ten lines on stock in a steady state.

Items are drawn at random; three lines in ten are receipts. Each client issues only what it knows to be there: its share of what was on
hand when it began, and what it received since. So nothing is refused, however many clients work on the same items.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from everstock.core.facts import Kind
from everstock.ledger.lines import Document, Line

LINES = 10
SHARE = 14
"""Units of each item that a client begins with."""
_RECEIPT = 7
_UNIT = 1_000_000
SOURCE = "bench"


class Ground(NamedTuple):
    """A company to post to, by ids. ``costs``: what an item costs, about, in minor units."""

    company: int
    location: int
    items: tuple[int, ...]
    partners: tuple[int, ...]


class Workload:
    """An endless row of documents. ``shares``: units of each item of the ground this client may issue."""

    def __init__(self, ground: Ground, shares: Sequence[int], seed: int, name: str) -> None:
        self.ground = ground
        self._shares = list(shares)
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose
        self._name = name
        self._documents = 0

    def document(self, recorded_at: int = 0) -> Document:
        """The next one; its lines happen when it is recorded."""
        self._documents += 1
        reference = f"{self._name}-{self._documents}"
        lines = tuple(self._line(f"{reference}-{number}") for number in range(1, LINES + 1))
        return Document(recorded_at, lines, SOURCE, reference)

    def _line(self, reference: str) -> Line:
        random = self._random
        index = int(random.random() * len(self._shares))
        held = self._shares[index]
        item, location = self.ground.items[index], self.ground.location
        partner = random.choice(self.ground.partners)
        if held < 5 or (held <= 4 * SHARE and random.random() < 0.2):
            self._shares[index] = held + _RECEIPT
            value = int(_RECEIPT * (100 + index * 7 % 5000) * random.uniform(0.95, 1.05))
            return Line(Kind.RECEIPT, item, reference, _RECEIPT * _UNIT, location, value=value, partner=partner)
        quantity = 1 + int(random.random() * 5)
        self._shares[index] = held - quantity
        price = (200 + index * 14 % 10_000) * 10_000
        return Line(Kind.ISSUE, item, reference, quantity * _UNIT, location, unit_price=price, partner=partner)


def openings(ground: Ground, recorded_at: int, clients: int) -> list[Document]:
    """The stock that the clients share at the beginning."""
    documents = []
    for start in range(0, len(ground.items), 100):
        lines = tuple(
            Line(
                Kind.OPENING,
                *(item, f"OPEN-{item}", SHARE * clients * _UNIT, ground.location),
                value=SHARE * clients * (100 + index * 7 % 5000),
            )
            for index, item in enumerate(ground.items[start : start + 100], start)
        )
        documents.append(Document(recorded_at, lines, SOURCE))
    return documents
