"""What holds for every history under the naive replay: laws of docs/spec/costing.md that need no second program."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from everstock.core.facts import DAY, INBOUND, OUTBOUND, RECEIPT_VALUE, Fact, Kind, Method
from everstock.core.naive.order import living
from tests.core.strategies import CONSIGNMENT, History, histories

EXAMPLES = 40


def law(test: Callable[..., None]) -> Callable[..., None]:
    """A test of every method with random histories."""
    examples = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])(
        given(data=st.data())(test)
    )
    of_every_method: Callable[..., None] = pytest.mark.parametrize("method", list(Method))(examples)
    return of_every_method


def points_in_time(history: History) -> Iterator[tuple[int, int, int]]:
    """(pool, quantity, value) after every fact."""
    quantity: Counter[int] = Counter()
    value: Counter[int] = Counter()
    entries = history.replay().entries
    for number, entry in enumerate(entries):
        quantity[entry.pool] += entry.quantity
        value[entry.pool] += entry.amount
        following = entries[number + 1] if number + 1 < len(entries) else None
        if following is None or (following.fact, following.pool) != (entry.fact, entry.pool):
            yield entry.pool, quantity[entry.pool], value[entry.pool]


@law
def test_quantity_zero_is_value_zero_at_every_moment(method: Method, data: st.DataObject) -> None:
    for pool, quantity, value in points_in_time(data.draw(histories(method))):
        assert quantity or not value, f"pool {pool} is worth {value} without any quantity"


@law
def test_value_has_the_sign_of_quantity_at_every_moment(method: Method, data: st.DataObject) -> None:
    for pool, quantity, value in points_in_time(data.draw(histories(method))):
        assert quantity * value >= 0, f"pool {pool}: {quantity} is worth {value}"


@law
def test_pools_are_the_sum_of_their_entries_and_of_their_balances(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method))
    result = history.replay()
    quantities: Counter[int] = Counter()
    values: Counter[int] = Counter()
    for (pool, _, _, _), (quantity, amount) in result.sums.items():
        quantities[pool] += quantity
        values[pool] += amount
    assert {pool: (quantities[pool], values[pool]) for pool in result.pools} == result.pools
    held: Counter[int] = Counter()
    for (location, lot), balance in result.balances.items():
        if (place := history.places.pool_of(location, lot)) is not None:
            held[place.id] += balance
    assert {pool: quantity for pool, (quantity, _) in result.pools.items() if quantity} == {
        pool: quantity for pool, quantity in held.items() if quantity
    }


@law
def test_transfers_between_pools_clear(method: Method, data: st.DataObject) -> None:
    """Per fact, what passes the clearing account nets to nothing in quantity and amount."""
    history = data.draw(histories(method))
    clearing: Counter[tuple[int, str]] = Counter()
    for entry in history.replay().entries:
        if entry.contra == 130:
            clearing[entry.fact, "quantity"] += entry.quantity
            clearing[entry.fact, "amount"] += entry.amount
    assert not any(clearing.values())


@law
def test_the_order_of_the_list_does_not_matter(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method))
    shuffled = history._replace(facts=data.draw(st.permutations(history.facts)))
    assert history.replay() == shuffled.replay()


@law
def test_the_order_of_recording_does_not_matter(method: Method, data: st.DataObject) -> None:
    """But at one instant, and among the cost changes of one receipt: there the later recorded one counts."""
    history = data.draw(histories(method))
    facts = apart(without_repeated_cost_changes(living(history.facts)))
    ids = data.draw(st.permutations([fact.id for fact in facts]))
    new_id = dict(zip((fact.id for fact in facts), ids, strict=True))
    renumbered = [
        fact._replace(id=new_id[fact.id], origin=None if fact.origin is None else new_id[fact.origin]) for fact in facts
    ]
    one, other = history._replace(facts=facts).replay(), history._replace(facts=renumbered).replay()
    assert one.sums == other.sums
    assert one.pools == other.pools
    assert {new_id[fact]: cost for fact, cost in one.costs.items()} == other.costs
    assert {new_id[fact]: difference for fact, difference in one.differences.items()} == other.differences


def without_repeated_cost_changes(facts: list[Fact]) -> list[Fact]:
    seen: set[int | None] = set()
    kept = []
    for fact in facts:
        if fact.kind is Kind.COST_CHANGE:
            if fact.origin in seen:
                continue
            seen.add(fact.origin)
        kept.append(fact)
    return kept


def apart(facts: list[Fact]) -> list[Fact]:
    """The facts a microsecond or more apart, in the order in which their instants and ids put them."""
    in_time = sorted(facts, key=lambda fact: (fact.effective_at, fact.id))
    moment = {fact.id: fact.effective_at // DAY * DAY + number for number, fact in enumerate(in_time)}
    return [fact._replace(effective_at=moment[fact.id]) for fact in facts]


@law
def test_an_issue_in_two_parts_costs_what_it_costs_in_one(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method, feasible=True))
    whole, parts, issue = in_two_parts(history, data)
    one, other = whole.replay(), parts.replay()
    assert other.costs.pop(issue + 1) + other.costs[issue] == one.costs[issue]
    other.costs[issue] = one.costs[issue]
    assert one.costs == other.costs
    assert one.sums == other.sums
    assert one.pools == other.pools


@law
def test_a_deficit_in_two_parts_costs_what_it_costs_in_one_when_all_is_covered(
    method: Method, data: st.DataObject
) -> None:
    """While a deficit is covered in part its provisional cost may be a cent apart, so only the end is compared."""
    history = data.draw(histories(method))
    whole, parts, issue = in_two_parts(history, data)
    one, other = whole.replay(), parts.replay()
    assume(all(quantity >= 0 for quantity, _ in one.pools.values()))
    assert other.costs[issue + 1] + other.costs[issue] == one.costs[issue]
    assert one.pools == other.pools


def in_two_parts(history: History, data: st.DataObject) -> tuple[History, History, int]:
    """The history, the same with one issue in two parts that keep its place, and the id of the issue in both."""
    facts = living(history.facts)
    returned = {fact.origin for fact in facts}
    candidates = [
        fact.id for fact in facts if fact.kind is Kind.ISSUE and fact.quantity > 1 and fact.id not in returned
    ]
    assume(candidates)
    chosen = 2 * data.draw(st.sampled_from(candidates))
    whole = [fact._replace(id=2 * fact.id, origin=None if fact.origin is None else 2 * fact.origin) for fact in facts]
    issue = next(fact for fact in whole if fact.id == chosen)
    first = data.draw(st.integers(1, issue.quantity - 1))
    parts = [fact for fact in whole if fact.id != chosen]
    parts.append(issue._replace(quantity=first))
    parts.append(issue._replace(id=chosen + 1, quantity=issue.quantity - first))
    return history._replace(facts=whole), history._replace(facts=parts), chosen


@law
def test_a_reversed_fact_and_its_reversal_were_never_there(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method))
    assert history.replay() == history._replace(facts=living(history.facts)).replay()


@law
def test_a_day_does_not_know_what_happens_after_it(method: Method, data: st.DataObject) -> None:
    """As of: the sums up to a day equal those of a replay cut there (value facts on receipts count at once)."""
    history = data.draw(histories(method))
    end = data.draw(st.integers(0, 3))
    facts = living(history.facts)
    timed = {fact.id for fact in facts if fact.kind not in RECEIPT_VALUE and fact.effective_at // DAY <= end}
    cut = [f for f in facts if f.id in timed or (f.kind in RECEIPT_VALUE and f.origin in timed)]
    assert history._replace(facts=cut).replay().sums == {
        key: total for key, total in history.replay().sums.items() if key[1] <= end
    }


@law
def test_balances_follow_movements_and_counts(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method))
    result = history.replay()
    balances: Counter[tuple[int | None, int | None]] = Counter()
    for fact in living(history.facts):
        if fact.kind is Kind.COUNT:
            balances[fact.target, fact.lot] += result.differences[fact.id]
        elif fact.kind in INBOUND | OUTBOUND | {Kind.TRANSFER}:
            balances[fact.source, fact.lot] -= fact.quantity
            balances[fact.target, fact.lot] += fact.quantity
    assert {place: n for place, n in balances.items() if n and place[0] is not None} == {
        place: n for place, n in result.balances.items() if n
    }


@law
def test_feasible_histories_stay_at_or_above_zero_at_every_prefix(method: Method, data: st.DataObject) -> None:
    history = data.draw(histories(method, feasible=True))
    for length in range(len(history.facts) + 1):
        part = history._replace(facts=history.facts[:length])
        assert all(lowest >= 0 for lowest, _ in part.replay().lowest.values())


def test_histories_exercise_everything() -> None:
    """Every kind, method, scope and both kinds of link turn up, in any order of time and often at one instant."""
    seen: Counter[str] = Counter()
    wanted: dict[str, Callable[[Fact], bool]] = {
        "linked customer return": lambda fact: fact.kind is Kind.RETURN_IN and fact.origin is not None,
        "linked supplier return": lambda fact: fact.kind is Kind.RETURN_OUT and fact.origin is not None,
        "at current cost": lambda fact: fact.kind in INBOUND and fact.value is None and fact.origin is None,
        "bought from consignment": lambda fact: fact.kind is Kind.TRANSFER and fact.source == CONSIGNMENT,
        "given to consignment": lambda fact: fact.kind is Kind.TRANSFER and fact.target == CONSIGNMENT,
    }

    @settings(deadline=None, derandomize=True, max_examples=200)
    @given(histories())
    def look(history: History) -> None:
        seen.update(fact.kind for fact in history.facts)
        seen.update(name for name, fits in wanted.items() if any(map(fits, history.facts)))
        seen[history.policy.method] += 1
        seen[history.places.scope] += 1
        moments = [fact.effective_at for fact in history.facts]
        seen["late"] += moments != sorted(moments)
        seen["same instant"] += len(set(moments)) < len(moments)
        seen["below zero"] += any(lowest < 0 for lowest, _ in history.replay().lowest.values())

    look()
    expected = {*Kind, *Method, "item", "warehouse", *wanted, "late", "same instant", "below zero"}
    assert {name for name in expected if not seen[name]} == set()
