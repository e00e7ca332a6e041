"""The periodic system against figures worked out by hand, and against perpetual FIFO."""

from hypothesis import given
from hypothesis import strategies as st

from everstock.core.costing import EMPTY, costing_for
from everstock.core.facts import Method, Policy
from everstock.core.periodic import Closing, Intake, Periodic, Span, closings

ONE = 1_000_000


def intake(quantity: int, dollars: int) -> Intake:
    return Intake(quantity * ONE, dollars * 100)


def dollars(closing: Closing) -> tuple[int, float, float]:
    return closing.quantity // ONE, closing.value / 100, closing.cost / 100


# 100 at 10, 200 at 11, 300 at 12; 400 sold: 6,800 available, of which
#   FIFO  100*10 + 200*11 + 100*12 = 4,400 left and 200*12 = 2,400 remain
#   LIFO  300*12 + 100*11 = 4,700 left and 100*10 + 100*11 = 2,100 remain
#   average 6,800/600 = 11.33…: 200 * 11.33… = 2,266.67 remain
YEAR = [Span((intake(100, 1000), intake(200, 2200), intake(300, 3600)), 400 * ONE)]


def test_whole_year_at_once() -> None:
    assert dollars(closings(Periodic.FIFO, YEAR)[-1]) == (200, 2400, 4400)
    assert dollars(closings(Periodic.LIFO, YEAR)[-1]) == (200, 2100, 4700)
    assert dollars(closings(Periodic.AVERAGE, YEAR)[-1]) == (200, 2266.67, 4533.33)


def test_month_by_month() -> None:
    # first month: 100 at 10, 200 at 11, 150 sold. LIFO takes 150 at 11 and leaves 100 at 10, 50 at 11;
    # average 3,200/300: 150 remain at 1,600. Second month: 300 at 12, 250 sold. LIFO takes 250 at 12;
    # average (1,600 + 3,600)/450 = 11.55…: 200 remain at 2,311.11
    months = [
        Span((intake(100, 1000), intake(200, 2200)), 150 * ONE),
        Span((intake(300, 3600),), 250 * ONE),
    ]
    assert [dollars(end) for end in closings(Periodic.FIFO, months)] == [(150, 1650, 1550), (200, 2400, 2850)]
    assert [dollars(end) for end in closings(Periodic.LIFO, months)] == [(150, 1550, 1650), (200, 2150, 3000)]
    assert [dollars(end) for end in closings(Periodic.AVERAGE, months)] == [(150, 1600, 1600), (200, 2311.11, 2888.89)]


def test_a_layer_of_an_earlier_month_is_touched_only_when_the_month_is_used_up() -> None:
    months = [Span((intake(10, 10),), 0), Span((intake(10, 20),), 15 * ONE)]
    assert [dollars(end) for end in closings(Periodic.LIFO, months)] == [(10, 10, 0), (5, 5, 25)]


def test_what_came_back_comes_at_the_last_cost() -> None:
    months = [Span((intake(10, 50),), 4 * ONE), Span((), -2 * ONE)]
    assert [dollars(end) for end in closings(Periodic.FIFO, months)] == [(6, 30, 20), (8, 40, -10)]


def test_what_was_not_there_is_costed_when_it_comes() -> None:
    months = [Span((intake(10, 50),), 12 * ONE), Span((intake(10, 70),), 0)]
    for method in Periodic:
        ends = [dollars(end) for end in closings(method, months)]
        assert ends == [(-2, 0, 50), (8, 56, 14)]


moves = st.lists(st.tuples(st.booleans(), st.integers(1, 50), st.integers(0, 999)), max_size=30)


@given(moves, st.integers(1, 10))
def test_periodic_fifo_is_perpetual_fifo(drawn: list[tuple[bool, int, int]], length: int) -> None:
    costing = costing_for(Policy(Method.FIFO))
    state, spans = EMPTY, []
    for start in range(0, len(drawn), length):
        came, gone = [], 0
        for number, (inbound, quantity, value) in enumerate(drawn[start : start + length], start + 1):
            if inbound:
                state = costing.receive(state, quantity, value, number)[0]
                came.append(Intake(quantity, value))
            elif quantity <= state.quantity:
                state = costing.leave(state, quantity, 1, number).state
                gone += quantity
        spans.append(Span(tuple(came), gone))
    ends = closings(Periodic.FIFO, spans)
    if ends:
        assert (ends[-1].quantity, ends[-1].value) == (state.quantity, state.value)
    for method in Periodic:
        found = closings(method, spans)
        brought = sum(value for span in spans for _, value in span.intakes)
        assert sum(end.cost for end in found) == brought - (found[-1].value if found else 0)
        assert all(end.value == 0 for end in found if end.quantity == 0)
