"""Numbers of documents have no gaps."""

import datetime as dt

import pytest
from django.db import transaction

from everstock.operations.documents import models, queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.write import write
from tests.operations.buying import Buying
from tests.operations.documents import new, written


def test_numbers_count_by_kind_and_year(buying: Buying) -> None:
    receipt, order = DocumentKind.GOODS_RECEIPT, DocumentKind.PURCHASE_ORDER
    made = [
        new(buying, receipt, day=dt.date(2026, 12, 31)),
        new(buying, order),
        new(buying, receipt, day=dt.date(2027, 1, 1)),
        new(buying, receipt, day=dt.date(2026, 1, 1)),
    ]
    numbers = write(buying.company.pk, documents=made)
    assert [numbers[one.id] for one in made] == ["GR-2026-000001", "PO-2026-000001", "GR-2027-000001", "GR-2026-000002"]
    assert written(buying).number == "GR-2026-000003"
    models.NumberSeries.objects.filter(company=buying.company, year=2027).update(last=999_999)
    assert written(buying, day=dt.date(2027, 5, 5)).number == "GR-2027-1000000"


def test_a_number_that_was_rolled_back_is_the_next_ones(buying: Buying) -> None:
    assert written(buying).number == "GR-2026-000001"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert written(buying).number == "GR-2026-000002"
        raise ZeroDivisionError
    assert written(buying).number == "GR-2026-000002"
    assert not queries.number_gaps(buying.company.pk)


def test_a_gap_is_found(buying: Buying) -> None:
    written(buying)
    models.NumberSeries.objects.filter(company=buying.company).update(last=3)
    assert queries.number_gaps(buying.company.pk) == [
        ("goods_receipt", "", 2026, 2, False),
        ("goods_receipt", "", 2026, 3, False),
    ]
    models.NumberSeries.objects.filter(company=buying.company).update(last=0)
    assert queries.number_gaps(buying.company.pk) == [("goods_receipt", "", 2026, 1, True)]
