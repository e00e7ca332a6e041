"""The posting table as a bookkeeper reads it: where goods come from is the row, where they go is the column."""

from everstock.core.facts import Kind
from everstock.core.posting import PARTNER_OF, POSTING_TABLE, VALUE_ROLE, LocationKind
from tests.core.story import table

TABLE = """
from        | internal       | transit        | consignment
internal    | transfer       | transfer       | grni
transit     | transfer       | transfer       | grni
consignment | grni           | grni           | consigned
supplier    | grni           | grni           | consigned
customer    | cogs           | cogs           | -
loss        | stock_gain     | stock_gain     | consigned
scrap       | scrap          | scrap          | -
production  | wip            | wip            | -
opening     | opening_equity | opening_equity | consigned
"""
BACK = """
to         | internal       | transit        | consignment
supplier   | grni           | grni           | consigned
customer   | cogs           | cogs           | -
loss       | shrinkage      | shrinkage      | consigned
scrap      | scrap          | scrap          | -
production | wip            | wip            | -
opening    | opening_equity | opening_equity | consigned
"""
STOCK = [LocationKind.INTERNAL, LocationKind.TRANSIT, LocationKind.CONSIGNMENT]
OUTSIDE = [kind for kind in LocationKind if kind not in STOCK]


def role(source: LocationKind, target: LocationKind) -> str:
    return str(POSTING_TABLE.get((source, target), "-"))


def told(corner: str, rows: list[tuple[str, ...]]) -> list[list[str]]:
    return [line.split() for line in table((corner, *STOCK), rows).replace("|", " ").splitlines()]


def words(text: str) -> list[list[str]]:
    return [line.replace("|", " ").split() for line in text.strip().splitlines()]


def test_what_comes_in() -> None:
    rows = [(source.value, *(role(source, target) for target in STOCK)) for source in (*STOCK, *OUTSIDE)]
    assert told("from", rows) == words(TABLE)


def test_what_leaves() -> None:
    rows = [(target.value, *(role(source, target) for source in STOCK)) for target in OUTSIDE]
    assert told("to", rows) == words(BACK)


def test_nothing_moves_between_others() -> None:
    assert not [pair for pair in POSTING_TABLE if pair[0] in OUTSIDE and pair[1] in OUTSIDE]


def test_every_kind_has_another_side_or_a_role() -> None:
    assert set(PARTNER_OF) | set(VALUE_ROLE) | {Kind.TRANSFER, Kind.COST_CHANGE, Kind.REVERSAL} == set(Kind)
