"""Companies to measure on, made through the product's own verbs."""

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from everstock.interfaces.bench.workload import SHARE, Ground, Workload, openings

if TYPE_CHECKING:
    from everstock.operations.identity.actor import Actor

CHUNK = 2_000
"""Documents in one transaction while a history is built."""
_BEFORE = 86_400_000_000 * 365
_PARTNERS = 200
_INPUT_TAX = "1400"
_OUTPUT_TAX = "2200"
_TAX_RATE = 250_000


def now() -> int:
    """Microseconds UTC."""
    return time.time_ns() // 1000


def make_company(code: str, method: str, items: int, *, clients: int = 1, opened_at: int | None = None) -> Ground:
    """A company with items, a location and partners; with stock for so many clients, unless there are none."""
    from everstock.ledger.post import post_all
    from everstock.masterdata import actions

    company = actions.create_company(
        code=code, name="", currency_code="EUR", created_at=dt.datetime.now(dt.UTC), method=method
    )
    skus = actions.ensure_items(company=company, skus=[f"ITEM-{number:05d}" for number in range(items)])
    partners = actions.ensure_partners(
        company=company, codes=[f"P{number:04d}" for number in range(_PARTNERS)], is_customer=True, is_supplier=True
    )
    (location,) = actions.ensure_locations(company=company, codes=["MAIN"]).values()
    ground = Ground(company.pk, location, tuple(sorted(skus.values())), tuple(sorted(partners.values())))
    if clients:
        post_all(ground.company, openings(ground, now() - _BEFORE if opened_at is None else opened_at, clients))
    return ground


def make_suppliers(ground: Ground) -> None:
    """Let all partners of a company be suppliers with terms, and sell with tax that is recovered."""
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.purchasing.suppliers import set_terms

    actor = system_actor(ground.company, "bench")
    tax = _make_tax(actor)
    for partner in ground.partners:
        set_terms(actor, supplier=partner, recorded_at=now(), payment_days=30, lead_time=7, tax_code=tax)


def make_customers(ground: Ground) -> None:
    """Let all partners of a company be customers with terms, and sell to them by a list of prices, with tax."""
    from everstock.core.quantities import SCALE
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.customers import set_terms
    from everstock.operations.sales.price_lists import NewPrice, create_price_list, set_prices

    actor = system_actor(ground.company, "bench")
    tax = _make_tax(actor)
    for partner in ground.partners:
        set_terms(actor, customer=partner, recorded_at=now(), payment_days=30, tax_code=tax)
    day = dt.datetime.fromtimestamp((now() - 2 * _BEFORE) / 1e6, dt.UTC).date()
    prices = [
        NewPrice(day, item, unit_price=(200 + index * 14 % 10_000) * SCALE // 100)
        for index, item in enumerate(ground.items)
    ]
    price_list = create_price_list(actor, code="ALL", currency="EUR", valid_from=day, recorded_at=now())
    set_prices(actor, price_list=price_list.pk, prices=prices, recorded_at=now())


def _make_tax(actor: "Actor") -> int:
    from everstock.masterdata.models import Account
    from everstock.operations.documents.actions import set_tax_code
    from everstock.operations.documents.taxes import TaxKind

    paid, owed = (Account.objects.get(company_id=actor.company_id, code=code).pk for code in (_INPUT_TAX, _OUTPUT_TAX))
    return set_tax_code(
        actor,
        code="VAT",
        rate=_TAX_RATE,
        kind=TaxKind.STANDARD,
        recorded_at=now(),
        input_account=paid,
        output_account=owed,
    ).pk


def build_history(ground: Ground, movements: int, *, clients: int = 1) -> None:
    """Post so many lines of the workload through the bulk path, spread over the last year."""
    from everstock.ledger.post import post_all

    workload = Workload(ground, [SHARE * clients] * len(ground.items), 1, "H")
    documents = movements // 10
    begun = now() - _BEFORE + 1_000_000
    step = (_BEFORE - 3_600_000_000) // max(documents, 1)
    for start in range(0, documents, CHUNK):
        end = min(start + CHUNK, documents)
        post_all(ground.company, [workload.document(begun + number * step) for number in range(start, end)])


def ground_of(company: int) -> tuple[Ground, list[int]]:
    """A company made earlier, and the units on hand of each of its items."""
    from django.db import connection

    with connection.cursor() as run:
        run.execute(
            "SELECT i.id, b.location_id, b.quantity FROM item i JOIN balance b ON b.item_id = i.id"
            " JOIN location l ON l.id = b.location_id AND l.kind = 'internal' WHERE i.company_id = %s ORDER BY i.id",
            (company,),
        )
        rows: list[tuple[Any, ...]] = run.fetchall()
        run.execute("SELECT id FROM partner WHERE company_id = %s ORDER BY id", (company,))
        partners = tuple(key for (key,) in run.fetchall())
    ground = Ground(company, rows[0][1], tuple(row[0] for row in rows), partners)
    return ground, [row[2] // 1_000_000 for row in rows]
