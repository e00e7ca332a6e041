"""Several pickers of the same goods at once, in processes of their own, with real commits."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.ledger.queries import rows
from everstock.reports.proof import prove
from tests.conftest import PROBLEM, ROOT
from tests.ledger import processes
from tests.ledger.processes import select
from tests.operations.sales.floor import Floor

pytestmark = pytest.mark.slow
CLIENTS, COUNT, ROUNDS = 4, 30, 12
EVERYTHING = {"list", "pick", "ship", "short", "give"}


def test_no_goods_are_picked_twice(django_db_blocker: Any) -> None:
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)
    server = os.environ["EVERSTOCK_DATABASE_URL"]
    with django_db_blocker.unblock(), processes.new_database(server) as url, processes.connected(url):
        processes.migrate()
        floor = Floor()
        places = [*floor.bins, *(floor.place(f"BIN-{number}") for number in range(12))]
        done: set[str] = set()
        for _ in range(ROUNDS):
            # what is drawn depends on the machine: goods and orders come until everything that can be done was done
            for place in places:
                floor.stock(9, place)
            said = _run(url, floor, [floor.ordered(3, 4).id for _ in range(24)])
            done |= {one["made"][0] for one in said if "made" in one}
            if done >= EVERYTHING:
                break
        assert done >= EVERYTHING
        [(deadlocks,)] = select("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0
        assert prove(floor.company.pk).violations == []
        [(staged, listed)] = rows(
            "SELECT (SELECT coalesce(sum(quantity), 0) FROM balance WHERE location_id = %s),"
            " (SELECT coalesce(sum(picked - shipped - put_back), 0) FROM pick_share)",
            (floor.table,),
        )
        assert staged == listed
        beyond = rows(
            "SELECT l.id FROM document_line l JOIN document d ON d.id = l.document_id"
            " WHERE d.kind = 'sales_order' AND l.received > l.base_quantity",
            (),
        )
        assert beyond == []
        # what is on lists stays reserved, whatever the manager gives away
        taken_away = rows(
            "SELECT l.id, r.reserved, s.listed FROM document_line l JOIN document d ON d.id = l.document_id"
            " CROSS JOIN LATERAL (SELECT coalesce(sum(quantity - missing - shipped - put_back), 0) AS listed FROM pick_share"
            "                      WHERE source_id = l.id) s"
            " CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS reserved FROM reservation"
            "                      WHERE holder = 'SO/' || l.document_id || '/' || l.line) r"
            " WHERE d.kind = 'sales_order' AND d.state IN ('confirmed', 'partly_shipped') AND r.reserved < s.listed",
            (),
        )
        assert taken_away == []
        # what is held in bins is there: nobody else took it
        short = rows(
            "SELECT b.location_id FROM balance b JOIN LATERAL (SELECT sum(quantity - picked - missing) AS held FROM pick_share s"
            " WHERE s.location_id = b.location_id AND s.item_id = b.item_id) h ON h.held > b.quantity WHERE b.quantity < %s",
            (100 * SCALE,),
        )
        assert short == []


def _run(url: str, floor: Floor, orders: list[int]) -> list[dict[str, Any]]:
    job = {"role": "picking", "count": COUNT, "clients": CLIENTS, "company": floor.company.pk}
    job |= {"orders": orders, "staging": floor.table}
    done = subprocess.run(
        [sys.executable, "-m", "tests.operations.worker", json.dumps(job)],
        cwd=ROOT,
        env=os.environ | {"EVERSTOCK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "everstock.project.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=processes.PATIENCE,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [one["error"] for one in said if "error" in one]
    assert not errors, errors[0]
    assert len(said) == CLIENTS * COUNT, done.stderr
    return said
