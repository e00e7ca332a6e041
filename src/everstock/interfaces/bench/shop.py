"""What a shop waits for: what is available of many items, a sale at the till, and reservations that all want the same item."""

import datetime as dt
import time
from collections.abc import Callable, Iterable
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from everstock.core.quantities import SCALE
from everstock.interfaces.bench.clients import clients
from everstock.interfaces.bench.companies import make_company, make_customers, make_suppliers, now
from everstock.interfaces.bench.figures import Figure, percentile
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import LINES, Ground

if TYPE_CHECKING:
    from everstock.operations.documents.lines import OrderLine

_BASE = "shop"
_ASKED = 100
"""Items in one question."""
_FIGHTERS = 16
_CALLS = 40
_TILL = "TILL"
_MOST = 5
"""Lines of a sale at the till at most, and units of a line."""


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds of an answer and of a sale, and attempts a second at one item by sixteen processes."""
    sizes = bench.sizes
    bench.server.create(_BASE)
    bench.server.use(_BASE)
    ground = make_company("SHOP", "average", sizes.items, clients=1_000)
    make_suppliers(ground)
    make_customers(ground)
    _open_till(ground)
    _open_orders(ground, sizes.short_documents)
    bench.server.settle(_BASE)
    figures = [
        _timed(bench, "availability", f"availability of {_ASKED} items in one call", 5, _questions(ground)),
        _timed(bench, "till", "sale at the till: ordered, shipped, invoiced and paid", 10, _sales(ground)),
        _hot(bench, ground),
    ]
    bench.server.drop(_BASE)
    return figures


def _open_till(ground: Ground) -> None:
    from everstock.masterdata.models import Account
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.channels import set_channel, set_means
    from everstock.operations.sales.models import ChannelKind

    actor = system_actor(ground.company, "bench")
    cash = Account.objects.create(company_id=ground.company, code="CASH", name="Cash", type="asset")
    till = set_channel(
        actor,
        code=_TILL,
        kind=ChannelKind.POINT_OF_SALE,
        warehouses=[ground.location],
        customer=ground.partners[0],
        series="T",
        recorded_at=now(),
    )
    set_means(actor, channel=till.pk, means="cash", account=cash.pk, recorded_at=now())


def _open_orders(ground: Ground, count: int) -> None:
    """So many orders of customers that wait for their shipment, and a tenth as many of suppliers."""
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.purchasing.orders import create_order as buy
    from everstock.operations.sales.orders import create_order

    actor, random, today = system_actor(ground.company, "bench"), Random(1), _today()  # noqa: S311 - repeatable on purpose
    for number in range(count):
        given: dict[str, Any] = {"day": today, "recorded_at": now(), "location": ground.location}
        create_order(
            actor, customer=random.choice(ground.partners), lines=_lines(ground, random, LINES), confirm=True, **given
        )
        if number % 10 == 0:
            lines = [line._replace(unit_price=SCALE) for line in _lines(ground, random, LINES)]
            buy(actor, supplier=random.choice(ground.partners), lines=lines, send=True, **given)


def _lines(ground: Ground, random: Random, count: int) -> "list[OrderLine]":
    from everstock.operations.documents.lines import OrderLine

    return [OrderLine(random.randint(1, _MOST) * SCALE, random.choice(ground.items)) for _ in range(count)]


def _questions(ground: Ground) -> Iterable[Callable[[], object]]:
    from everstock.operations.warehouse.availability import availability

    random, asked = Random(2), min(_ASKED, len(ground.items))  # noqa: S311 - repeatable on purpose
    while True:
        items = random.sample(ground.items, asked)
        yield lambda items=items: availability(ground.company, items, day=_today(), recorded_at=now())  # type: ignore[misc]


def _sales(ground: Ground) -> Iterable[Callable[[], object]]:
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.tenders import Tender
    from everstock.operations.sales.till import sell

    actor, random = system_actor(ground.company, "bench"), Random(3)  # noqa: S311 - repeatable on purpose
    while True:
        lines = _lines(ground, random, random.randint(1, _MOST))
        yield lambda lines=lines: sell(  # type: ignore[misc]
            actor, channel=_TILL, lines=lines, tenders=[Tender("cash")], day=_today(), recorded_at=now()
        )


def _timed(bench: Bench, name: str, what: str, target: float, calls: Iterable[Callable[[], object]]) -> Figure:
    medians, every, yard = [], [], []
    ahead = iter(calls)
    for number in range(bench.sizes.repetitions + 1):
        times = []
        for _ in range(_CALLS):
            call = next(ahead)
            begun = time.perf_counter()
            call()
            times.append((time.perf_counter() - begun) * 1000)
        if number:  # the first is to get to know everything
            yard.append(bench.pgbench.run())
            medians.append(median(times))
            every += times
    return Figure(
        name,
        what,
        "ms",
        tuple(medians),
        "lower",
        target,
        per_pgbench=median(medians) * median(yard) / 1000,
        notes={"p99 ms": round(percentile(every, 0.99), 2), "pgbench -c 1": yard},
    )


def _hot(bench: Bench, ground: Ground) -> Figure:
    rates, yard = [], []
    with clients(bench.server, _BASE, ground.company, _FIGHTERS, "fighter") as fighting:
        seen = fighting.post(bench.sizes.warm_up).rate
        for _ in range(bench.sizes.repetitions):
            yard.append(bench.pgbench.run())
            rates.append(fighting.post_for(bench.sizes.seconds, seen).rate / LINES)
    return Figure(
        "hot-item",
        f"reservations of one item by {_FIGHTERS} processes",
        "attempts/s",
        tuple(rates),
        target=1_000,
        per_pgbench=median(rates) / median(yard),
        notes={"pgbench -c 1": yard},
    )


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
