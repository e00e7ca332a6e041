"""Rows in order to postings: chunks of documents, all in the one transaction that the caller holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from os.path import commonprefix
from typing import NamedTuple, Protocol

from everstock.core.problems import ProblemList, Refusal
from everstock.core.quantities import format_quantity
from everstock.interfaces.files.resolve import is_inbound
from everstock.interfaces.files.rows import Row
from everstock.ledger.lines import Document, Line
from everstock.ledger.origins import Origin, find_origins
from everstock.ledger.post import Stream
from everstock.ledger.refusals import moment

CHUNK = 20_000
"""Lines posted at once: the more, the fewer versions of the same rows pile up in the transaction."""
_LARGEST_DOCUMENT = 500
_SHORT = "stock.short"
_COLUMN_OF = {
    "item.unknown": "item",
    "lot.missing": "lot",
    "location.missing": "location",
    "location.holds_no_stock": "location",
    "transfer.same_location": "to_location",
    "reference.taken": "reference",
    "return.before_origin": "date",
    "unit_value.missing": "unit_cost",
    "value.negative": "amount",
    "value.missing": "amount",
}
"""Code of a refusal to the column to blame; ``origin.*`` is applies_to, ``stock.*`` and the rest quantity."""


class _Refused(NamedTuple):
    row: Row
    line: Line
    refusal: Refusal


class Resolver(Protocol):
    """Turns rows into lines of the ledger. ``asks_ledger``: it needs to know what is posted."""

    asks_ledger: bool

    def lines(self, rows: Sequence[Row], origins: Mapping[str, Origin]) -> list[tuple[Row, Line]]:
        """The lines of the rows; what cannot be one goes to the problems. ``origins``: posted lines, by reference."""


class Poster:
    """Posts rows that come in order.

    ``hold``: a row may wait for the line it applies to, or for stock that arrives at the same instant, if that comes later.
    ``names``: columns of the file that are called otherwise than those of a movement file.
    """

    def __init__(
        self,
        company_id: int,
        source: str,
        resolver: Resolver,
        problems: ProblemList,
        *,
        hold: bool,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._names = names or {}
        self.posted = self.repeated = 0
        self._company_id = company_id
        self._source = source
        self._resolver = resolver
        self._problems = problems
        self._hold = hold
        self._waiting: dict[str, list[Row]] = {}
        self._short: list[_Refused] = []
        self._left_out: dict[int, int] = {}

    def post(self, rows: Iterable[Row], advance: Callable[[int], None]) -> None:
        """Post all rows, in the transaction of the caller; what is refused goes to the problems."""
        with Stream(self._company_id) as self._stream:
            self._post(rows, advance)

    def _post(self, rows: Iterable[Row], advance: Callable[[int], None]) -> None:
        rest = iter(rows)
        while block := list(islice(rest, CHUNK)):
            origins = self._origins(block)
            self._post_chunk(list(self._after_origins(block, origins)) if self._hold else block, origins)
            advance(len(block))
        # what they wait for never came: the ledger says so
        late = [row for waiting in self._waiting.values() for row in waiting]
        self._waiting = {}
        for start in range(0, len(late), CHUNK):
            block = late[start : start + CHUNK]
            self._post_chunk(block, self._origins(block))
        self._give_up(None)

    def _origins(self, rows: list[Row]) -> dict[str, Origin]:
        wanted = {row.applies_to for row in rows if row.applies_to}
        if self._waiting:
            wanted |= {other.applies_to for row in rows for other in self._waiting.get(row.reference, ())}
        if not wanted:
            return {}
        self._stream.settle()
        return find_origins(self._company_id, wanted)

    def _after_origins(self, rows: list[Row], origins: dict[str, Origin]) -> Iterator[Row]:
        """The rows, each after the one it applies to."""
        if not self._waiting and not any(row.applies_to for row in rows):
            yield from rows
            return
        known = set(origins)
        for row in rows:
            queue = [row]
            while queue:
                first = queue.pop(0)
                if first.applies_to and first.applies_to not in known:
                    self._waiting.setdefault(first.applies_to, []).append(first)
                    continue
                yield first
                known.add(first.reference)
                queue = self._waiting.pop(first.reference, []) + queue

    def _post_chunk(self, rows: list[Row], origins: dict[str, Origin]) -> None:
        if self._resolver.asks_ledger:
            self._stream.settle()
        self._post_lines(self._resolver.lines(rows, origins))
        while self._short:
            # what arrives at the same instant may stand later in the file
            again, before = self._short, self.posted
            self._short = []
            self._post_lines([(refused.row, refused.line) for refused in again])
            if self.posted == before:
                self._give_up(rows[-1].effective_at if rows else None)
                return

    def _post_lines(self, lines: list[tuple[Row, Line]]) -> None:
        row_of = {line.number: row for row, line in lines}
        documents = list(_documents(lines, self._source))
        done = self._stream.post(
            documents, lambda line, refusal: self._refused(_Refused(row_of[line.number], line, refusal))
        )
        self.posted += done.lines
        self.repeated += done.repeated

    def _refused(self, refused: _Refused) -> None:
        if refused.refusal.code == _SHORT and self._hold:
            self._short.append(refused)
        else:
            self._blame(refused)

    def _give_up(self, until: int | None) -> None:
        """Blame the rows that are still short, but those at a moment of which more may come."""
        short, self._short = self._short, []
        for refused in short:
            if until is not None and refused.row.effective_at == until:
                self._short.append(refused)
            else:
                self._blame(refused)

    def _blame(self, refused: _Refused) -> None:
        row, line, refusal = refused
        column = _COLUMN_OF.get(refusal.code)
        if column is None:
            column = "applies_to" if refusal.code.startswith("origin.") else "quantity"
        reason = f"{refusal.cause} {refusal.remedy}"
        cause = self._left_out.get(line.item)
        if cause is not None and refusal.code.startswith("stock."):
            reason += f" (Perhaps only because line {cause} was refused.)"
        if is_inbound(row) or row.to_location:
            self._left_out.setdefault(line.item, row.number)
        self._problems.add(row.number, self._names.get(column, column), _text(row, column), reason)


def _text(row: Row, column: str) -> str:
    """What stood in a column, as far as it is still known."""
    if column == "quantity":
        return format_quantity(row.quantity)
    if column == "date":
        return moment(row.effective_at)
    return str(getattr(row, column, None) or "") if column not in {"amount", "unit_cost"} else ""


def _documents(lines: list[tuple[Row, Line]], source: str) -> Iterator[Document]:
    """Lines that follow each other and belong to one moment, direction and partner are recorded together."""
    held: list[Line] = []
    last: tuple[int, int, bool, str] | None = None
    for row, line in lines:
        key = (row.recorded_at, row.effective_at, is_inbound(row), row.partner)
        if held and (key != last or len(held) >= _LARGEST_DOCUMENT):
            assert last is not None
            yield Document(last[0], tuple(held), source, _common(held))
            held = []
        held.append(line)
        last = key
    if last is not None:
        yield Document(last[0], tuple(held), source, _common(held))


def _common(lines: list[Line]) -> str | None:
    """What the references of lines have in common: the number of a document, if they are made of one."""
    prefix = commonprefix([lines[0].reference, lines[-1].reference])  # noqa: RUF071 - characters are meant
    if len(lines) > 1 and prefix:
        prefix = prefix[: max(map(prefix.rfind, "-/.:_")) + 1].rstrip("-/.:_")
    return prefix or None
