"""Numbers that stand for words in the hot tables. Append only: stored rows refer to these positions."""

from everstock.core.facts import Kind

KINDS: tuple[Kind, ...] = (
    Kind.OPENING,
    Kind.RECEIPT,
    Kind.RETURN_IN,
    Kind.ADJUST_IN,
    Kind.ISSUE,
    Kind.RETURN_OUT,
    Kind.ADJUST_OUT,
    Kind.WASTE,
    Kind.TRANSFER,
    Kind.COUNT,
    Kind.COST_CHANGE,
    Kind.LANDED_COST,
    Kind.WRITE_DOWN,
    Kind.REVALUATION,
    Kind.REVERSAL,
)
CODE: dict[Kind, int] = {kind: code for code, kind in enumerate(KINDS)}
