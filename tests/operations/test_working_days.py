"""When the company works."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from everstock.core.lead_times import ALL_WEEKDAYS
from everstock.masterdata.models import Company, CompanyHoliday
from everstock.operations.identity.models import AuditEvent
from everstock.operations.warehouse.working_days import WorkingDays, set_working_days, working_days
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db
WEEKEND = 0b1100000
CHRISTMAS = dt.date(2026, 12, 25)


def trail(what: str) -> list[Any]:
    rows = AuditEvent.objects.filter(action="company.working_days").order_by("id")
    return list(rows.values_list(f"before__{what}", f"after__{what}"))


def test_what_is_not_named_stays(buying: Buying) -> None:
    assert working_days(buying.company.pk) == WorkingDays(0, 1, 0, {})
    set_working_days(buying.boss, closed_weekdays=WEEKEND, holidays={CHRISTMAS: ""}, recorded_at=NOW)
    set_working_days(buying.boss, handling_days=2, holidays={CHRISTMAS: "Christmas", MONDAY: ""}, recorded_at=NOW)
    kept = set_working_days(buying.boss, worked=[MONDAY, MONDAY + DAY], recorded_at=NOW)
    assert kept == working_days(buying.company.pk) == WorkingDays(2, 1, WEEKEND, {CHRISTMAS: "Christmas"})
    both = {"2026-03-02": "", "2026-12-25": "Christmas"}
    assert trail("holidays") == [
        ({}, {"2026-12-25": ""}),
        ({"2026-12-25": ""}, both),
        (both, {"2026-12-25": "Christmas"}),
    ]
    assert trail("handling_days") == [(0, 0), (0, 2), (2, 2)]


def test_saying_it_again_is_no_change(buying: Buying) -> None:
    for _ in range(2):
        set_working_days(buying.boss, handling_days=1, holidays={CHRISTMAS: "Christmas"}, recorded_at=NOW)
    assert trail("handling_days") == [(0, 1)]


def test_what_cannot_be_is_refused(buying: Buying) -> None:
    nobody = buying.actor()
    refused("permission.missing", lambda: set_working_days(nobody, handling_days=1, recorded_at=NOW))
    impossible: list[dict[str, Any]] = [
        *({name: days} for name in ("handling_days", "overdue_days") for days in (-1, 366)),
        *({"closed_weekdays": -1}, {"closed_weekdays": ALL_WEEKDAYS}),
    ]
    for wrong in impossible:
        refused("terms.invalid", partial(set_working_days, buying.boss, recorded_at=NOW, **wrong))
    assert working_days(buying.company.pk) == WorkingDays(0, 1, 0, {})


def test_the_database_refuses_it_too(buying: Buying) -> None:
    company = Company.objects.filter(pk=buying.company.pk)
    for change in (
        {"closed_weekdays": ALL_WEEKDAYS},
        {"closed_weekdays": -1},
        {"handling_days": 366},
        {"overdue_days": -1},
    ):
        with pytest.raises(IntegrityError, match="company_"), transaction.atomic():
            company.update(**change)
    with pytest.raises(IntegrityError, match="company_holiday_unique"), transaction.atomic():
        for _ in range(2):
            CompanyHoliday.objects.create(company=buying.company, day=MONDAY)
