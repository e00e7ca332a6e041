"""More or less than was ordered: who may receive it, and what the order learns."""

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.receipt_progress import deviations_of
from everstock.operations.warehouse.incoming import incoming
from tests.operations.receiving import WORKER, House, cancel, come

P = Permission
OVER, UNDER = {"over_tolerance": 100_000}, {"under_tolerance": 200_000}


@pytest.mark.parametrize(
    "terms, parts, allowed",
    [
        ({}, [10], True),
        ({}, [10.000001], False),
        ({}, [4, 6], True),
        ({}, [4, 6.000001], False),
        (OVER, [11], True),
        (OVER, [11.000001], False),
        (OVER, [10, 1], True),
        (OVER, [10, 1.000001], False),
        (OVER, [11, 0.000001], False),
    ],
)
def test_over_tolerance(house: House, terms: dict[str, int], parts: list[float], allowed: bool) -> None:
    order = house.sent(terms=terms)
    worker = house.actor(*WORKER)
    for part in parts[:-1]:
        house.take(come(order, part), actor=worker)
    last = come(order, parts[-1])
    if not allowed:
        refusal = house.assert_refused(
            "receipt.over_tolerance", "10 were ordered", lambda: house.take(last, actor=worker)
        )
        assert "may receive more" in refusal.remedy
        worker = house.actor(*WORKER, P.RECEIPT_OVER_TOLERANCE)
    receipt = house.take(last, actor=worker)
    assert house.progress_of(order)[0] == "received"
    received = sum(round(part * SCALE) for part in parts)
    assert house.lines(order.id)[0].received == received
    header = house.header(receipt.id)
    assert deviations_of(header) == ([] if allowed else [(order.number, 1, 10 * SCALE, received)])
    assert (header.details or {}).get("approved_by") == (None if allowed else "Ann")
    house.assert_lawful()


def test_the_owner_who_may_do_everything_is_told_of_what_is_not_tolerated(house: House) -> None:
    # a sentence for each line, on the document and in the audit trail
    order = house.sent(house.line(10, "2.5"), house.line(4, "1", "NUT"), house.line(2, "1", "NUT"))
    final = come(order, 1, line=2)._replace(final=True)
    receipt = house.take(come(order, 12), final, come(order, 2, line=3))
    words = [one.words for one in deviations_of(house.header(receipt.id))]
    assert words == [
        f"Of line 1 of {order.number}, 10 were ordered and 12 received, more than its tolerance allows.",
        f"Of line 2 of {order.number}, 4 were ordered and 1 received, less than its tolerance allows.",
    ]
    said = AuditEvent.objects.get(subject=receipt.number, action="goods_receipt.post").after
    assert (said or {})["deviations"] == [
        [order.number, 1, 10 * SCALE, 12 * SCALE],
        [order.number, 2, 4 * SCALE, SCALE],
    ]


def test_all_lines_of_a_receipt_count_together(house: House) -> None:
    order = house.sent(terms=OVER)
    worker = house.actor(*WORKER)
    house.assert_refused(
        "receipt.over_tolerance",
        "12 would be received",
        lambda: house.take(come(order, 6), come(order, 6), actor=worker),
    )
    house.take(come(order, 6), come(order, 5), actor=worker)


@pytest.mark.parametrize(
    "terms, pieces, final, allowed, state",
    [
        ({}, 9.999999, None, True, "partly_received"),
        ({}, 9.999999, True, False, "received"),
        (UNDER, 8, None, True, "received"),
        (UNDER, 8, True, True, "received"),
        (UNDER, 8, False, True, "partly_received"),
        (UNDER, 7.999999, None, True, "partly_received"),
        (UNDER, 7.999999, True, False, "received"),
    ],
)
def test_under_tolerance(
    house: House, terms: dict[str, int], pieces: float, final: bool | None, allowed: bool, state: str
) -> None:
    order = house.sent(terms=terms)
    worker = house.actor(*WORKER)
    last = come(order, pieces, final=final)
    if not allowed:
        refusal = house.assert_refused(
            "receipt.under_tolerance", "10 were ordered", lambda: house.take(last, actor=worker)
        )
        assert refusal.remedy.startswith("Let the rest be expected")
        worker = house.actor(*WORKER, P.RECEIPT_OVER_TOLERANCE)
    receipt = house.take(last, actor=worker)
    assert house.progress_of(order)[0] == state
    assert bool(incoming(house.company.pk)) == (state != "received")
    cancel(house, receipt)
    assert house.progress_of(order) == ("sent", [(0, 0, 0)])
    assert [row.quantity for row in incoming(house.company.pk)] == [10 * SCALE]


def test_what_comes_after_the_end_is_welcome(house: House) -> None:
    order = house.sent(terms=UNDER)
    first = house.take(come(order, 3))
    house.take(come(order, 6))
    assert house.progress_of(order)[0] == "received"
    house.take(come(order, 1))
    cancel(house, first)
    assert house.progress_of(order) == ("partly_received", [(7, 0, 0)])
    assert [row.quantity for row in incoming(house.company.pk)] == [3 * SCALE]
    house.assert_lawful()
