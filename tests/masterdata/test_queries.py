from collections.abc import Sequence

import pytest

from everstock.core.posting import LocationKind, Role
from everstock.masterdata.queries import LocationTree, PostingRules, Tree

# categories: 2 inside 1; locations: 12 inside 11 inside 10
CATEGORY, LOCATION = (2, 1), (12, 11, 10)


@pytest.mark.parametrize(
    "keys, winner",
    [
        ([(None, None)], (None, None)),
        ([(None, None), (None, 10)], (None, 10)),
        ([(None, 12), (None, 10)], (None, 12)),
        ([(None, 12), (1, None)], (1, None)),
        ([(1, None), (2, None), (None, 12)], (2, None)),
        ([(2, None), (1, 10)], (1, 10)),
        ([(1, 10), (1, 12), (2, None)], (1, 12)),
        ([(1, 12), (2, 10)], (2, 10)),
        ([(3, 12), (2, 13), (None, 13)], None),
        ([], None),
    ],
)
def test_most_specific_rule_wins(
    keys: Sequence[tuple[int | None, int | None]], winner: tuple[int | None, int | None] | None
) -> None:
    numbers = {key: number for number, key in enumerate(keys, start=100)}
    rules = PostingRules({(Role.COGS, *key): number for key, number in numbers.items()})
    assert rules.account(Role.COGS, CATEGORY, LOCATION) == (numbers[winner] if winner else None)
    assert rules.account(Role.WIP, CATEGORY, LOCATION) is None


def test_path_runs_to_the_top() -> None:
    tree = Tree({1: None, 2: 1, 3: 2})
    assert tree.path(3) == (3, 2, 1)
    assert tree.path(None) == ()
    with pytest.raises(KeyError):
        tree.path(9)


def test_warehouse_is_the_topmost_of_the_same_kind() -> None:
    internal, transit = LocationKind.INTERNAL.value, LocationKind.TRANSIT.value
    tree = LocationTree({1: (None, internal), 2: (1, internal), 3: (2, internal), 4: (2, transit), 5: (4, transit)})
    assert [tree.warehouse(place) for place in (1, 2, 3, 4, 5)] == [1, 1, 1, 4, 4]
    assert tree.kind(5) is LocationKind.TRANSIT
