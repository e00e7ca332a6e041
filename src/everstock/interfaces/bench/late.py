"""A receipt learned late: dated before thousands of movements of its item, everything right when the call returns."""

import time
from random import Random
from statistics import median

from everstock.core.facts import DAY, Kind
from everstock.core.problems import Refusal
from everstock.interfaces.bench.companies import CHUNK, make_company, now
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import LINES, SOURCE, Ground
from everstock.ledger.lines import Document, Line

TARGETS = {1_000: (15, 5), 10_000: (50, 10), 100_000: (400, 60)}
"""Later movements: ms at most, and stretch."""
_DAYS = 365
_WEEKS = 52
_UNIT = 1_000_000
_MINUTE = 60_000_000


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds from the call to its return, for average and FIFO."""
    from everstock.ledger.verify import verify

    figures = []
    for method in ("average", "fifo"):
        name = f"late_{method}"
        bench.server.create(name)
        bench.server.use(name)
        ground = make_company("LATE", method, len(bench.sizes.late) + 1, clients=0)
        year = now() // DAY * DAY - (_DAYS + 1) * DAY
        for item, later in zip(ground.items, (bench.sizes.late[0], *bench.sizes.late), strict=True):
            bench.tell(f"late: {later:,} movements, {method}")
            _build(ground, item, later, year)
        bench.server.settle(name)
        _receipts(bench, ground, ground.items[0], year)  # not counted: the first call of a process reads settings
        for item, later in zip(ground.items[1:], bench.sizes.late, strict=True):
            figures.append(_figure(method, later, *_receipts(bench, ground, item, year)))
        violations = verify(ground.company, known_at_samples=0).violations
        if violations:
            law, where, finding, _ = violations[0]
            cause = f"The books are wrong after late receipts: {law}; {where}: {finding}."
            raise Refusal("bench.wrong", cause, "Please report it.")
        bench.server.drop(name)
    return figures


def _build(ground: Ground, item: int, movements: int, year: int) -> None:
    """A year of an item: an opening, weekly receipts, the rest issues."""
    from everstock.ledger.post import post_all

    random = Random(movements)  # noqa: S311 - repeatable on purpose
    issues = movements - _WEEKS
    weekly = issues * 3 // _WEEKS + 1
    step = _DAYS * DAY // (issues + 1)
    lines = [_receipt(ground, item, Kind.OPENING, f"{item}-O", year, weekly * 4, 5_00)]
    held, received = weekly * 4, 0
    for number in range(issues):
        at = year + DAY + number * step
        if number >= received * issues // _WEEKS and received < _WEEKS:
            received += 1
            cost = int(500 * random.uniform(0.8, 1.25))
            lines.append(_receipt(ground, item, Kind.RECEIPT, f"{item}-R{received}", at, weekly, cost))
            held += weekly
        quantity = min(held, 1 + int(random.random() * 5))
        held -= quantity
        reference = f"{item}-I{number}"
        quantity_at = (quantity * _UNIT, ground.location)
        lines.append(Line(Kind.ISSUE, item, reference, *quantity_at, effective_at=at + 1, unit_price=9_000_000))
    documents = [
        Document(lines[start + LINES - 1 if start + LINES <= len(lines) else -1].effective_at or 0, part, SOURCE)
        for start in range(0, len(lines), LINES)
        if (part := tuple(lines[start : start + LINES]))
    ]
    for start in range(0, len(documents), CHUNK):
        post_all(ground.company, documents[start : start + CHUNK])


def _receipt(ground: Ground, item: int, kind: Kind, reference: str, at: int, quantity: int, cost: int) -> Line:
    return Line(kind, item, reference, quantity * _UNIT, ground.location, effective_at=at, value=quantity * cost)


def _receipts(bench: Bench, ground: Ground, item: int, year: int) -> tuple[list[float], list[float]]:
    """The milliseconds of fresh receipts at the beginning of the year, and pgbench beside them."""
    from everstock.ledger.post import post

    times, yard = [], []
    for number in range(bench.sizes.late_receipts):
        if number % 3 == 0:
            yard.append(bench.pgbench.run(seconds=1))
        at = year + 8 * 60 * _MINUTE + number * _MINUTE
        line = _receipt(ground, item, Kind.RECEIPT, f"{item}-L{number}", at, 7, 612 + number)
        document = Document(now(), (line,), SOURCE, f"LATE-{item}-{number}")
        begun = time.perf_counter()
        post(ground.company, document)
        times.append((time.perf_counter() - begun) * 1000)
    return times, yard


def _figure(method: str, later: int, times: list[float], yard: list[float]) -> Figure:
    target, stretch = TARGETS.get(later, (None, None))
    return Figure(
        f"late-{later}-{method}",
        f"late receipt before {later:,} movements, {method}",
        "ms",
        tuple(times),
        "lower",
        target,
        stretch,
        per_pgbench=median(times) * median(yard) / 1000,
    )
