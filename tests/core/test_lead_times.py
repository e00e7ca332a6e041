"""On which day work is done, against counting the days one by one."""

import datetime as dt
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from everstock.core.lead_times import ALL_WEEKDAYS, Calendar

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 2, 28))


@given(DAYS, st.integers(0, 30), st.integers(0, ALL_WEEKDAYS - 1), st.frozensets(DAYS, max_size=10))
def test_work_is_done_on_working_days_only(
    begun: dt.date, working_days: int, closed: int, holidays: frozenset[dt.date]
) -> None:
    from_then_on = (begun + dt.timedelta(days=number) for number in count())
    closed_on = [f"{closed:07b}"[6 - weekday] == "1" for weekday in range(7)]
    worked = (day for day in from_then_on if day not in holidays and not closed_on[day.weekday()])
    expected = [next(worked) for _ in range(working_days + 1)][-1]
    assert Calendar(closed, holidays).after(begun, working_days) == expected
