"""Available to promise against a replay that serves every demand from the supplies before it, and against a published table."""

from hypothesis import given
from hypothesis import strategies as st

from everstock.core.promising import Flow, Part, available_by, promise

FLOWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12)


def flows(pairs: list[tuple[int, int]]) -> list[Flow]:
    return [Flow(day, supply, demand) for day, (supply, demand) in enumerate(pairs)]


def never_short(made: list[Flow], at: int, more: int) -> bool:
    """Whether everybody who was not late before is still served in time if ``more`` leaves on day ``at``."""
    before = after = 0
    for number, flow in enumerate(made):
        before += flow.supply - flow.demand
        after += flow.supply - flow.demand - (more if number == at else 0)
        if after < min(before, 0):
            return False
    return True


@given(FLOWS)
def test_so_much_can_be_promised_and_not_a_piece_more(pairs: list[tuple[int, int]]) -> None:
    made = flows(pairs)
    for at, available in enumerate(available_by(made)):
        expected = sum(flow.supply - flow.demand for flow in made[: at + 1])
        assert available == 0 or (never_short(made, at, available) and available <= expected)
        assert not never_short(made, at, available + 1) or available + 1 > expected


@given(FLOWS, st.integers(1, 60), st.integers(0, 14))
def test_a_promise_is_kept_part_by_part(pairs: list[tuple[int, int]], quantity: int, earliest: int) -> None:
    made = flows(pairs)
    parts = promise(made, quantity, earliest)
    assert sum(part.quantity for part in parts) == min(quantity, available_by(made)[-1])
    assert [part.day for part in parts] == sorted({part.day for part in parts})
    for part in parts:
        assert part.day >= earliest
        by_then = sum(one.quantity for one in parts if one.day <= part.day)
        assert by_then <= max(available_by([flow for flow in made if flow.day <= part.day] + [Flow(99, 0, 0)])[:-1])


def test_a_published_table() -> None:
    """Oracle MRP, "available to promise" with backward consumption (formula case ``atp-oracle``).

    The table goes on as if the one piece that is missing in the fourth period were never delivered late; we still owe it.
    """
    supply = [6, 4, 2, 4, 8, 4, 4, 4]
    demand = [6, 2, 3, 6, 6, 1, 2, 2]
    published = [0, 0, 0, -1, 2, 5, 7, 9]
    ours = available_by(flows(list(zip(supply, demand, strict=True))))
    assert ours[:4] == [max(0, quantity) for quantity in published[:4]]
    assert ours[4:] == [quantity - 1 for quantity in published[4:]]


def test_parts() -> None:
    made = [Flow(10, 4, 0), Flow(12, 0, 1), Flow(15, 10, 0)]
    assert available_by(made) == [3, 3, 13]
    assert promise(made, 5, 11) == [Part(11, 3), Part(15, 2)]
    assert promise(made, 99, 0)[-1] == Part(15, 10)
    assert promise(made, 3, 20) == [Part(20, 3)]
