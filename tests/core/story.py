"""Histories as tables that an accountant can read: the facts in the first columns, the figures in the others.

A story is a table, one line per fact in order of recording::

    # | when        | event             | pool | quantity |  cost | on hand | value
    1 | 01-05       | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 | 50.00
    2 | 01-06 09:30 | issue 4           | A    |       -4 | 20.00 |       6 | 30.00

``when`` is a day of 2026, with a time or without (a fact known only by its day). An event is a kind, a quantity, and:
``@ 5.00`` a unit price, ``= 49.99`` the value of the whole line, ``of 1`` the line it applies to, ``at B`` its place (A if
left out), ``A > B`` the places of a transfer, ``lot 7``. Places are single letters, each its own pool unless told otherwise;
T is in transit, C holds consigned goods, which have no value.

``told`` recomputes the figures: per pool the change of quantity, the cost at the end of the story (with true-ups), quantity
and value right after the event, at its place in the processing order. A transfer has a second line for its target.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from everstock.core.facts import DAY, INBOUND, Fact, Kind, Method, Policy, Pool
from everstock.core.naive import Replay, replay

ROUNDED_WHAT_REMAINS = [Method.FIFO, Method.LIFO, Method.AVERAGE]
"""The methods whose cost is what the rounded value of the rest leaves."""
YEAR = date(2026, 1, 1)
HEAD = ("#", "when", "event", "pool", "quantity", "cost", "on hand", "value")
JOURNAL_HEAD = ("day", "pool", "account", "contra", "quantity", "amount")
ALIGN_LEFT = {"when", "event", "pool", "day", "account", "contra"}
EVENT = re.compile(
    r"""(?P<kind>\w+) (?:\ (?P<quantity>[\d.]+))?
        (?:\ @\ (?P<price>[\d.]+))? (?:\ =\ (?P<value>[\d.]+))? (?:\ of\ (?P<origin>\d+))?
        (?:\ at\ (?P<at>\w))? (?:\ (?P<source>\w)\ >\ (?P<target>\w))? (?:\ lot\ (?P<lot>\d+))?""",
    re.VERBOSE,
)

ACCOUNTS = (
    "inventory",
    "in transit",
    "allowance",
    "price difference",
    "clearing",
    "equity",
    "grni",
    "cogs",
    "gain",
    "shrinkage",
    "scrap",
    "landed cost",
    "write-down",
    "revaluation",
)
CONTRA = {
    Kind.OPENING: "equity",
    Kind.RECEIPT: "grni",
    Kind.RETURN_OUT: "grni",
    Kind.TRANSFER: "grni",  # from or to consigned goods; between pools it is the clearing account
    Kind.ISSUE: "cogs",
    Kind.RETURN_IN: "cogs",
    Kind.ADJUST_IN: "gain",
    Kind.ADJUST_OUT: "shrinkage",
    Kind.COUNT: "shrinkage",
    Kind.WASTE: "scrap",
    Kind.COST_CHANGE: "grni",
    Kind.LANDED_COST: "landed cost",
    Kind.WRITE_DOWN: "write-down",
    Kind.REVALUATION: "revaluation",
    Kind.REVERSAL: "grni",
}


@dataclass
class Story:
    """The facts of a table and how they are costed. ``pools`` maps a place to the name of its pool."""

    policy: Policy
    pools: dict[str, str]
    facts: list[Fact] = field(default_factory=list)
    whens: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    pool_names: list[str] = field(default_factory=list)

    def pool_of(self, location: int, lot: int | None) -> Pool | None:
        place = chr(location)
        if place == "C":
            return None
        name = self.pools.get(place, place)
        if self.policy.method is Method.SPECIFIC:
            name = f"{name}/{lot}"
        if name not in self.pool_names:
            self.pool_names.append(name)
        inventory = account("in transit" if place == "T" else "inventory")
        price_difference, clearing = account("price difference"), account("clearing")
        return Pool(self.pool_names.index(name), inventory, account("allowance"), price_difference, clearing)

    def replay(self) -> Replay:
        return replay(self.facts, self.policy, self.pool_of, stock=lambda _: True)

    def add(self, when: str, event: str) -> None:
        """The fact of one line."""
        match = EVENT.fullmatch(event)
        assert match, f"cannot read {event!r}"
        said = match.groupdict()
        kind = Kind(said["kind"])
        quantity = amount(said["quantity"] or "0", 6)
        price = amount(said["price"], 6) if said["price"] else None
        origin = self.facts[int(said["origin"]) - 1] if said["origin"] else None
        lot = int(said["lot"]) if said["lot"] else origin.lot if origin else None
        source, target = places(kind, said)
        value = amount(said["value"], 2) if said["value"] else None
        if value is None and price is not None and kind in {*INBOUND, Kind.TRANSFER, Kind.COST_CHANGE}:
            of = origin.quantity if kind is Kind.COST_CHANGE and origin else quantity
            value = of * price * 100 // 10**12
        self.facts.append(
            Fact(
                id=len(self.facts) + 1,
                kind=kind,
                effective_at=moment(when, kind, origin),
                quantity=quantity,
                contra=account(CONTRA[kind]),
                source=source,
                target=target,
                lot=lot,
                value=value,
                unit_value=price if kind in {Kind.WRITE_DOWN, Kind.REVALUATION} else None,
                origin=origin.id if origin else None,
                contra_in=account("gain") if kind is Kind.COUNT else None,
            )
        )
        self.whens.append(when)
        self.events.append(event)


def account(name: str) -> int:
    return ACCOUNTS.index(name)


def amount(text: str, decimals: int) -> int:
    return int(Decimal(text).scaleb(decimals))


def places(kind: Kind, said: dict[str, str | None]) -> tuple[int | None, int | None]:
    """Source and target of a fact."""
    at = ord(said["at"] or "A")
    if kind is Kind.TRANSFER:
        assert said["source"], "a transfer needs its two places"
        assert said["target"], "a transfer needs its two places"
        return ord(said["source"]), ord(said["target"])
    if kind in {Kind.COST_CHANGE, Kind.LANDED_COST, Kind.REVERSAL}:
        return None, None
    if kind in {*INBOUND, Kind.COUNT, Kind.WRITE_DOWN, Kind.REVALUATION}:
        return None, at
    return at, None


def moment(when: str, kind: Kind, origin: Fact | None) -> int:
    """The moment of a fact; what is known only by its day comes in first and goes out last."""
    if kind is Kind.REVERSAL:
        assert origin
        return origin.effective_at
    day, _, clock = when.partition(" ")
    month, of_month = day.split("-")
    start = ((date(2026, int(month), int(of_month)) - date(1970, 1, 1)).days) * DAY
    if clock:
        hours, minutes = clock.split(":")
        return start + (int(hours) * 60 + int(minutes)) * 60_000_000
    known = start if kind in INBOUND else start + DAY - 1
    same_day_return = kind is Kind.RETURN_IN and origin is not None and origin.effective_at // DAY == start // DAY
    return max(known, origin.effective_at) if same_day_return and origin else known


def read(text: str, method: Method, *, pools: dict[str, str] | None = None, standard: str | None = None) -> Story:
    """The story of a table."""
    policy = Policy(method, standard_cost=None if standard is None else amount(standard, 6))
    story = Story(policy, pools or {})
    for line in rows(text)[1:]:
        if line[0]:
            story.add(line[1], line[2])
    return story


def rows(text: str) -> list[list[str]]:
    """The cells of a table."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """An aligned table."""
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
    aligned = [
        " | ".join(
            cell.ljust(width) if name in ALIGN_LEFT else cell.rjust(width)
            for name, cell, width in zip(head, line, widths, strict=True)
        ).rstrip()
        for line in [head, *lines]
    ]
    return "\n".join(aligned)


def tidy(text: str) -> str:
    """A table as ``table`` aligns it, so that only its words count."""
    head, *lines = rows(text)
    return table(head, lines)


def number(quantity: int) -> str:
    return f"{(Decimal(quantity) / 10**6).normalize():f}"


def money(minor: int) -> str:
    return f"{Decimal(minor) / 100:,.2f}"


def told(story: Story) -> str:
    """The table of a story with its figures."""
    result = story.replay()
    figures: defaultdict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    running: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for entry in result.entries:
        on_hand, value = running[entry.pool]
        running[entry.pool] = on_hand, value = on_hand + entry.quantity, value + entry.amount
        change = figures[entry.fact].get(entry.pool, (0, 0, 0))[0] + entry.quantity
        figures[entry.fact][entry.pool] = (change, on_hand, value)
    lines: list[tuple[str, ...]] = []
    for fact, when, event in zip(story.facts, story.whens, story.events, strict=True):
        cost = money(result.costs[fact.id]) if fact.id in result.costs else ""
        begin = (str(fact.id), when, event)
        for pool, (change, on_hand, value) in figures[fact.id].items():
            name = story.pool_names[pool]
            lines.append((*begin, name, number(change) if change else "", cost, number(on_hand), money(value)))
            begin = ("", "", "")
        if not figures[fact.id]:
            lines.append((*begin, "", "", cost, "", ""))
    return table(HEAD, lines)


def journal(story: Story) -> str:
    """The sums of the entries per pool, day, account and contra account."""
    lines = [
        (
            f"{YEAR + timedelta(days=day - (YEAR - date(1970, 1, 1)).days):%m-%d}",
            story.pool_names[pool],
            ACCOUNTS[entry],
            ACCOUNTS[contra],
            number(quantity) if quantity else "",
            money(value),
        )
        for (pool, day, entry, contra), (quantity, value) in sorted(
            story.replay().sums.items(), key=lambda item: (item[0][1], item[0][0], item[0][2:])
        )
    ]
    return table(JOURNAL_HEAD, lines)


def check(
    method: Method,
    text: str,
    entries: str | None = None,
    *,
    pools: dict[str, str] | None = None,
    standard: str | None = None,
) -> None:
    """The figures of a table, and where given the journal, are as the table says."""
    story = read(text, method, pools=pools, standard=standard)
    assert told(story) == tidy(text)
    if entries is not None:
        assert journal(story) == tidy(entries)
