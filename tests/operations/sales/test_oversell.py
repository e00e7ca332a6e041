"""Sixteen processes of four channels fight for scarce goods, with real commits: nothing is sold twice, nothing that was promised is lost."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from everstock.core.facts import Kind
from everstock.ledger.lines import Document, Line
from everstock.ledger.post import post
from everstock.masterdata import actions
from everstock.masterdata.models import Item, Lot
from everstock.operations.sales.channels import set_channel
from everstock.reports.proof import prove
from tests.ledger.processes import select
from tests.operations.buying import NOW, Buying
from tests.operations.test_races import Run, shop
from tests.operations.worker import UNIT

pytestmark = pytest.mark.slow
CLIENTS = 16
HOT, TRACKED = 30, 8
"""Units of the hot item, and of each lot of the other one."""
_BROKEN = """
    SELECT i.sku, r.quantity, there.quantity FROM reserved r JOIN item i ON i.id = r.item_id
      JOIN LATERAL (SELECT coalesce(sum(b.quantity), 0) AS quantity FROM balance b JOIN location l ON l.id = b.location_id
                     WHERE b.item_id = r.item_id AND l.kind = 'internal' AND l.purpose <> 'quality') AS there ON true
     WHERE r.quantity > there.quantity OR there.quantity < 0
"""
"""Promises beyond what is there, and stock below zero, at one moment."""

__all__ = ["shop"]


@pytest.fixture
def job(shop: tuple[Buying, Run]) -> dict[str, Any]:
    """Scarce goods: a hot item, and another in lots of which one has expired; and the channels that sell them."""
    buying, _ = shop
    for number in range(4):
        set_channel(buying.boss, code=f"CHANNEL-{number}", warehouses=[buying.shed], recorded_at=NOW)
    today = dt.datetime.now(dt.UTC).date()
    hot, tracked = buying.items["NUT"], actions.ensure_items(company=buying.company, skus=["PILL"])["PILL"]
    Item.objects.filter(pk=tracked).update(tracking="lot")
    expired, *lots = actions.ensure_lots(lots=[(tracked, f"LOT-{number}") for number in range(4)]).values()
    Lot.objects.filter(pk=expired).update(expires_on=today - dt.timedelta(days=1))
    for place, lot in enumerate(lots):
        Lot.objects.filter(pk=lot).update(expires_on=today + dt.timedelta(days=30 * place))
    there = [(hot, None, HOT), *((tracked, lot, TRACKED) for lot in (expired, *lots))]
    lines = tuple(
        Line(Kind.RECEIPT, item, f"first-{place}", quantity * UNIT, buying.shed, lot=lot, value=quantity * 100)
        for place, (item, lot, quantity) in enumerate(there)
    )
    post(buying.company.pk, Document(NOW, lines, "test"))
    return {
        "customer": buying.partners["JONES"],
        "items": [hot, tracked],
        "lots": lots,
        "location": buying.shed,
        "expired": expired,
    }


@pytest.fixture
def watched(shop: tuple[Buying, Run]) -> Iterator[list[tuple[Any, ...]]]:
    """What somebody who looks all the time finds broken."""
    from django.db import connection

    connection.ensure_connection()
    dsn = connection.connection.info.dsn  # a connection belongs to its thread
    seen: list[tuple[Any, ...]] = []
    over = threading.Event()

    def watch() -> None:
        with psycopg.connect(dsn, autocommit=True) as run:
            while not over.is_set():
                seen.extend(run.execute(_BROKEN).fetchall())
                time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield seen
    over.set()
    watcher.join()


@pytest.mark.parametrize(("losses", "seconds"), [(0, 20), (1, 40)], ids=["nothing is lost", "goods are lost and found"])
def test_nothing_is_sold_twice(
    shop: tuple[Buying, Run], job: dict[str, Any], watched: list[tuple[Any, ...]], losses: int, seconds: int
) -> None:
    buying, run = shop
    said = run("rivals", 1, clients=CLIENTS, seconds=seconds, losses=losses, **job)
    assert not watched, watched[:3]
    refused = [one["refused"] for one in said if "refused" in one]
    assert not refused, refused
    sums: Counter[str] = Counter()
    acts: Counter[str] = Counter()
    for one in said:
        sums.update(one["made"]["sums"])
        acts.update(one["made"]["acts"])
    hot, tracked = job["items"]
    for item, first in ((hot, HOT), (tracked, 4 * TRACKED)):
        [(there,)] = select(
            "SELECT sum(quantity) FROM balance WHERE item_id = %s AND location_id = %s", item, buying.shed
        )
        came = first + sums[f"returned {item}"] + sums[f"found {item}"]
        assert there == UNIT * (came - sums[f"sold {item}"] - sums[f"lost {item}"]), acts
        assert sums[f"sold {item}"] > 0
    assert select(
        "SELECT quantity FROM balance WHERE item_id = %s AND lot_id = %s AND quantity > 0", tracked, job["expired"]
    ) == [(TRACKED * UNIT,)], "an expired lot is never picked"
    assert all(acts[act] for act in ("order", "cart", "end_cart", "ship", "cancel", "take_back")), acts
    assert not prove(buying.company.pk).violations
