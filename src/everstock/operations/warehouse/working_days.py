"""When the company works, how long it takes from what is there until it leaves for customers, and until what is overdue is believed to come."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db import transaction

from everstock.core.lead_times import ALL_WEEKDAYS
from everstock.core.problems import Refusal
from everstock.masterdata.models import MOST_WORKING_DAYS, Company, CompanyHoliday
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission


class WorkingDays(NamedTuple):
    """``handling_days``: days of work until goods leave; ``overdue_days``: from now until what is overdue comes; ``closed_weekdays``: bit 0 is Monday.

    ``holidays``: days with their names, in their order.
    """

    handling_days: int
    overdue_days: int
    closed_weekdays: int
    holidays: dict[dt.date, str]


def working_days(company_id: int) -> WorkingDays:
    """Return when a company works; everybody may know."""
    company = Company.objects.get(pk=company_id)
    holidays = CompanyHoliday.objects.filter(company=company).order_by("day").values_list("day", "name")
    return WorkingDays(company.handling_days, company.overdue_days, company.closed_weekdays, dict(holidays))


@transaction.atomic
def set_working_days(
    actor: Actor,
    *,
    recorded_at: int,
    handling_days: int | None = None,
    overdue_days: int | None = None,
    closed_weekdays: int | None = None,
    holidays: Mapping[dt.date, str] | None = None,
    worked: Collection[dt.date] = (),
) -> WorkingDays:
    """Change what is given of when the company works: holidays are added, or get another name; those ``worked`` are none any more.

    Refused: ``permission.missing``, ``terms.invalid``. Promises that were made stay until they are computed anew.
    """
    require(actor, Permission.SETTINGS_CHANGE)
    _check({"handling time": handling_days, "delay of what is overdue": overdue_days}, closed_weekdays)
    company = Company.objects.select_for_update(no_key=True).get(pk=actor.company_id)
    before = working_days(company.pk)
    terms = {"handling_days": handling_days, "overdue_days": overdue_days, "closed_weekdays": closed_weekdays}
    given = {name: value for name, value in terms.items() if value is not None}
    if given:
        Company.objects.filter(pk=company.pk).update(**given)
    CompanyHoliday.objects.bulk_create(
        [CompanyHoliday(company=company, day=day, name=name) for day, name in (holidays or {}).items()],
        update_conflicts=True,
        unique_fields=["company", "day"],
        update_fields=["name"],
    )
    CompanyHoliday.objects.filter(company=company, day__in=worked).delete()
    after = working_days(company.pk)
    if after != before:
        row = event(
            actor,
            at=recorded_at,
            action="company.working_days",
            subject_kind="company",
            subject=company.code,
            subject_id=company.pk,
            before=_said(before),
            after=_said(after),
        )
        record([row])
    return after


def _check(days: Mapping[str, int | None], closed_weekdays: int | None) -> None:
    for what, given in days.items():
        if given is not None and not 0 <= given <= MOST_WORKING_DAYS:
            raise Refusal(
                "terms.invalid", f"A {what} of {given} days is not from 0 to {MOST_WORKING_DAYS}.", "Correct it."
            )
    if closed_weekdays is not None and not 0 <= closed_weekdays < ALL_WEEKDAYS:
        raise Refusal("terms.invalid", "Nobody works on any weekday.", "Leave at least one open.")


def _said(days: WorkingDays) -> dict[str, Any]:
    return {**days._asdict(), "holidays": {day.isoformat(): name for day, name in days.holidays.items()}}
