"""Posting processes of the race and crash tests: ``python -m tests.ledger.worker`` with a job as JSON.

The program forks one client per entry of ``job["clients"]``. Each connects, says that it is ready, waits until its standard
input ends, then posts the documents of its role and says what became of each, one JSON line per document, before the next.
With ``job["folder"]`` the lines go to files there that are on disk (fsync) before the next post, and a line says what is tried.
"""

import datetime as dt
import json
import os
import random
import sys
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from everstock.core.facts import DAY, INBOUND, OUTBOUND, Kind
from everstock.core.problems import Refusal
from everstock.ledger.lines import Document, Line

UNIT = 1_000_000
TODAY = (dt.date(2026, 3, 1) - dt.date(1970, 1, 1)).days * DAY
"""Midnight of the day on which all of it happens."""
MIDDAY = DAY // 2

Outcome = dict[str, Any]
Try = Document | Callable[[], Outcome]
"""What a role tries: to post a document, or anything else that says itself what became of it."""
Role = Callable[["Shop", dict[str, Any]], Generator[Any, Outcome, None]]
Say = Callable[[Outcome], None]


class Shop(NamedTuple):
    """The one company of the database: ids of its items and places."""

    company: int
    items: list[int]
    places: list[int]
    """Two bins of one warehouse, then a branch."""


def now() -> int:
    """The moment of recording: real time, but on the day on which all of it happens."""
    return TODAY + time.time_ns() // 1000 % DAY


def documented(reference: str, lines: list[Line]) -> Document:
    named = (line._replace(reference=f"{reference}/{number}") for number, line in enumerate(lines))
    return Document(now(), tuple(named), "test", reference)


def line(kind: Kind, item: int, quantity: int, location: int, **more: Any) -> Line:
    return Line(kind=kind, item=item, reference="", quantity=quantity * UNIT, location=location, **more)


# --- documents that follow from their reference alone, so that they can be posted again


def mixed(shop: Shop, reference: str, *, inbound: bool) -> Document:
    """Some lines of any kind, items in random order, a third of them late; ``reference`` ends in ``-<number>``."""
    stem, _, number = reference.rpartition("-")
    lines: list[Line] = []
    for place in range(_count(reference)):
        chance = random.Random(f"{reference}/{place}")
        before = f"{stem}-{int(number) - 2}"
        if place and int(number) > 2 and chance.random() < 0.3:
            lines.append(_linked(chance, f"{before}/0", _plain(shop, f"{before}/0", inbound=inbound)))
        else:
            lines.append(_plain(shop, f"{reference}/{place}", inbound=inbound))
    return documented(reference, lines)


def _count(reference: str) -> int:
    return random.Random(reference).randint(1, 4)


def _plain(shop: Shop, name: str, *, inbound: bool) -> Line:
    chance = random.Random(name)
    receiving = (Kind.RECEIPT, Kind.RECEIPT, Kind.RECEIPT, Kind.TRANSFER, Kind.COUNT, Kind.ADJUST_IN)
    shipping = (Kind.ISSUE, Kind.ISSUE, Kind.ISSUE, Kind.TRANSFER, Kind.COUNT, Kind.WASTE)
    kind = chance.choice(receiving if inbound else shipping)
    source, target = chance.sample(shop.places, 2)
    quantity = chance.randint(1, 9)
    late = chance.randrange(3) == 0
    return line(
        kind,
        chance.choice(shop.items),
        chance.randint(0, 60) if kind is Kind.COUNT else quantity,
        source,
        to_location=target if kind is Kind.TRANSFER else None,
        effective_at=TODAY - chance.randint(1, 10) * DAY + chance.randrange(DAY) if late else None,
        value=quantity * chance.randint(90, 110) + chance.randint(0, 7) if kind is Kind.RECEIPT else None,
    )


def _linked(chance: random.Random, reference: str, origin: Line) -> Line:
    """Something that applies to an earlier line: a return, a charge, another cost, or its reversal."""
    kinds = [Kind.REVERSAL]
    if origin.kind in INBOUND:
        kinds += [Kind.COST_CHANGE, Kind.LANDED_COST, Kind.RETURN_OUT]
    if origin.kind in OUTBOUND:
        kinds += [Kind.RETURN_IN] * 3
    kind = chance.choice(kinds)
    applied = line(kind, origin.item, 0, 0, applies_to=reference)._replace(location=None)
    if kind in {Kind.RETURN_IN, Kind.RETURN_OUT}:
        return applied._replace(quantity=UNIT, location=origin.location)
    return applied if kind is Kind.REVERSAL else applied._replace(value=chance.randint(1, 999))


# --- roles


def numbers(how: dict[str, Any]) -> Generator[int, None, None]:
    number = 0
    while "count" not in how or number < how["count"]:
        number += 1
        yield number


def receive(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    for number in numbers(how):
        yield mixed(shop, f"{how['name']}-{number}", inbound=True)


def ship(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    for number in numbers(how):
        yield mixed(shop, f"{how['name']}-{number}", inbound=False)


def sell_out(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """One piece of one to three items at a time, until each item by itself has been refused."""
    chance = random.Random(how["name"])
    left, number = set(shop.items), 0
    while left or number < how["count"]:
        number += 1
        items = chance.sample(shop.items, chance.randint(1, 3))
        lines = [line(Kind.ISSUE, item, 1, shop.places[0]) for item in items]
        outcome = yield documented(f"{how['name']}-{number}", lines)
        if "refused" in outcome and len(items) == 1:
            left.discard(items[0])


def same(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """Documents that others post at the same time under the same references, their lines in another order."""
    chance = random.Random(how["name"])
    for number in numbers(how):
        made = mixed(shop, f"same-{number}", inbound=True)
        yield made._replace(lines=tuple(chance.sample(made.lines, len(made.lines))))


def clash(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """Documents under references that others use at the same time for other items."""
    for number in numbers(how):
        item = shop.items[(number + how["offset"]) % len(shop.items)]
        yield documented(f"clash-{number}", [line(Kind.RECEIPT, item, 1, shop.places[0], value=100)])


def first_movements(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """Receipts in random order that touch every item and place for the first time, again and again."""
    chance = random.Random(how["name"])
    places = [(item, place) for item in shop.items for place in shop.places]
    chance.shuffle(places)
    for number in numbers(how):
        some = [places[(number * 3 + offset) % len(places)] for offset in range(3)]
        lines = [line(Kind.RECEIPT, item, 1, place, value=100) for item, place in some]
        yield documented(f"{how['name']}-{number}", lines)


def again(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """The documents of which nobody knows whether they were posted."""
    for reference in how["references"]:
        yield mixed(shop, reference, inbound=reference.startswith("in"))


def bring_in(shop: Shop, how: dict[str, Any]) -> Generator[Document, Outcome, None]:
    """One import: everything in one transaction, in chunks."""
    import django.db

    from everstock.ledger.post import Stream

    def fail(_: Line, refusal: Refusal) -> None:
        raise refusal

    made = list(first_movements(shop, how))
    with django.db.transaction.atomic(), Stream(shop.company) as stream:
        for first in range(0, len(made), how["chunk"]):
            stream.post(made[first : first + how["chunk"]], fail)
            os.write(1, json.dumps({"name": how["name"], "chunk": first}).encode() + b"\n")
            time.sleep(how.get("pause", 0))
    for document in made:  # noqa: UP028 - a list takes no outcomes; each is a repetition now
        yield document


def promise(shop: Shop, how: dict[str, Any]) -> Generator[Try, Outcome, None]:
    """For some seconds: promises scarce items to carts and orders, ends promises, ships what was promised; with ``losses`` also finds and
    loses pieces and lets carts expire. Says of every holder what it was promised, what was ended and what it took."""
    from everstock.ledger import reservations

    chance = random.Random(how["name"])
    until = time.monotonic() + how["seconds"]
    held: dict[str, tuple[int, int]] = {}
    while time.monotonic() < until:
        act = chance.choice(["reserve"] * 5 + ["release", "ship", "ship"] + ["lose", "find"] * how["losses"])
        item = chance.choice(shop.items)
        holder = f"{how['name']}/{len(held)}/{chance.random()}"
        if act == "reserve":
            wanted = reservations.Wanted(holder, item, how["warehouse"], chance.randint(1, 3) * UNIT)
            outcome = yield _reserving(shop, wanted, chance.random() < 0.5 and how["losses"])
            if outcome["granted"]:
                held[holder] = item, outcome["granted"]
        elif act in {"lose", "find"}:
            kind = Kind.ADJUST_OUT if act == "lose" else Kind.ADJUST_IN
            yield documented(holder, [line(kind, item, 1, chance.choice(shop.places[:2]))])
        elif held:
            holder = chance.choice(sorted(held))
            item, quantity = held.pop(holder)
            if act == "release":
                yield _releasing(shop, holder)
            else:
                yield _shipping(shop, reservations.Wanted(holder, item, how["warehouse"], quantity))


def _reserving(shop: Shop, wanted: Any, expires: object) -> Callable[[], Outcome]:
    from everstock.ledger.reservations import reserve

    def go() -> Outcome:
        until = now() + 20_000 if expires else None
        [granted] = reserve(shop.company, [wanted], recorded_at=now(), expires_at=until)
        return {"holder": wanted.holder, "granted": granted}

    return go


def _releasing(shop: Shop, holder: str) -> Callable[[], Outcome]:
    from everstock.ledger.reservations import release

    return lambda: {"holder": holder, "ended": release(shop.company, [holder])[0]}


def _shipping(shop: Shop, leaving: Any) -> Callable[[], Outcome]:
    """Takes from both bins of the warehouse, whatever lies there; nothing at all if some of it is promised to others."""
    from django.db import connection, transaction

    from everstock.ledger.post import post
    from everstock.ledger.reservations import take

    def go() -> Outcome:
        with transaction.atomic():
            [missing] = take(shop.company, [leaving], recorded_at=now())
            if missing:
                transaction.set_rollback(True)
                return {"holder": leaving.holder, "missing": missing}
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT location_id, quantity FROM balance WHERE item_id = %s AND location_id = ANY (%s)",
                    [leaving.item, shop.places[:2]],
                )
                there = cursor.fetchall()
            lines, left = [], leaving.quantity // UNIT
            for place, quantity in there:
                some = min(left, quantity // UNIT)
                if some:
                    lines.append(line(Kind.ISSUE, leaving.item, some, place))
                    left -= some
            if left:
                transaction.set_rollback(True)
                return {"holder": leaving.holder, "short": left}
            post(shop.company, documented(leaving.holder, lines))
        return {"holder": leaving.holder, "shipped": leaving.quantity}

    return go


ROLES: dict[str, Role] = {
    role.__name__: role for role in (receive, ship, sell_out, same, clash, first_movements, again, bring_in, promise)
}


# --- a client


def run(shop: Shop, how: dict[str, Any], say: Say) -> None:
    """Post the documents of a role and say what became of each."""
    documents = ROLES[how["role"]](shop, how)
    try:
        tried = next(documents)
        while True:
            if how.get("tell") and isinstance(tried, Document):
                say({"try": tried.reference})
            outcome = attempt(shop, tried)
            say(outcome)
            tried = documents.send(outcome)
    except StopIteration:
        return
    except Exception as error:  # noqa: BLE001 - whatever a caller would see is what the tests ask about
        say({"error": type(error).__name__, "text": str(error)})


def attempt(shop: Shop, tried: Try) -> Outcome:
    from everstock.ledger.post import post

    if not isinstance(tried, Document):
        return tried()
    try:
        posted = post(shop.company, tried)
    except Refusal as refusal:
        return {"done": tried.reference, "refused": refusal.code, "text": str(refusal)}
    return {
        "done": tried.reference,
        "lines": [line.reference for line in tried.lines],
        "posted": posted.lines,
        "repeated": posted.repeated,
    }


def speaker(how: dict[str, Any], folder: str | None) -> Say:
    """A way to say something, with the client's name in it, that is safe when the call returns."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    descriptor = 1 if folder is None else os.open(f"{folder}/{how['name']}", flags, 0o600)

    def say(outcome: Outcome) -> None:
        os.write(descriptor, json.dumps({"name": how["name"], **outcome}).encode() + b"\n")
        if folder is not None:
            os.fsync(descriptor)

    return say


def client(job: dict[str, Any], how: dict[str, Any]) -> None:
    from django.db import connection

    from everstock.core import history
    from everstock.ledger import batch

    # so close together that late facts find some to start from and some to drop
    batch.CHECKPOINT_EVERY = 8
    history.SNAPSHOT_EVERY = 4
    setattr(batch, "SNAPSHOT_EVERY", 4)  # noqa: B010 - the same number under its second name
    connection.ensure_connection()
    os.write(1, json.dumps({"name": how["name"], "ready": os.getpid()}).encode() + b"\n")
    sys.stdin.read()
    run(Shop(*job["shop"]), how, speaker(how, job.get("folder")))


def main() -> None:
    import django

    django.setup()
    from everstock.ledger import post  # noqa: F401 - loaded once, before the clients part

    job = json.loads(sys.argv[1])
    children = []
    for how in job["clients"]:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                client(job, {**job.get("all", {}), **how})
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
