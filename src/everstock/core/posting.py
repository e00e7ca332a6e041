"""The posting table: from the kinds of the two locations of a movement to the role of its contra account.

The table is total: a pair that is not listed is refused, never silently left out of the books.
"""

from enum import StrEnum

from everstock.core.facts import Kind


class LocationKind(StrEnum):
    """What a location is. The first three hold stock; the others are where stock comes from or goes to."""

    INTERNAL = "internal"
    TRANSIT = "transit"
    CONSIGNMENT = "consignment"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    LOSS = "loss"
    SCRAP = "scrap"
    PRODUCTION = "production"
    OPENING = "opening"


STOCK_KINDS = frozenset({LocationKind.INTERNAL, LocationKind.TRANSIT, LocationKind.CONSIGNMENT})
VALUED_KINDS = frozenset({LocationKind.INTERNAL, LocationKind.TRANSIT})


class Role(StrEnum):
    """What an account is for. Posting rules turn a role into an account."""

    INVENTORY = "inventory"
    IN_TRANSIT = "in_transit"
    ALLOWANCE = "allowance"
    GRNI = "grni"
    COGS = "cogs"
    SHRINKAGE = "shrinkage"
    STOCK_GAIN = "stock_gain"
    SCRAP = "scrap"
    WIP = "wip"
    OPENING_EQUITY = "opening_equity"
    LANDED_COST = "landed_cost"
    PRICE_DIFFERENCE = "price_difference"
    REVALUATION = "revaluation"
    WRITE_DOWN = "write_down"
    TRANSFER = "transfer"
    CONSIGNED = "consigned"
    PAYABLE = "payable"
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    SALES_RETURNS = "sales_returns"
    PURCHASE_EXPENSE = "purchase_expense"
    BANK = "bank"
    PREPAYMENT = "prepayment"
    CASH_DISCOUNT = "cash_discount"
    CUSTOMER_PREPAYMENT = "customer_prepayment"
    CASH_DISCOUNT_GIVEN = "cash_discount_given"
    BAD_DEBT = "bad_debt"
    EXCHANGE_GAIN = "exchange_gain"
    EXCHANGE_LOSS = "exchange_loss"
    ROUNDING = "rounding"


_HELD = (LocationKind.INTERNAL, LocationKind.TRANSIT)
_PARTNERS: dict[LocationKind, tuple[Role, Role]] = {
    # partner kind: (role when stock comes from there, role when stock goes there)
    LocationKind.SUPPLIER: (Role.GRNI, Role.GRNI),
    LocationKind.CUSTOMER: (Role.COGS, Role.COGS),
    LocationKind.LOSS: (Role.STOCK_GAIN, Role.SHRINKAGE),
    LocationKind.SCRAP: (Role.SCRAP, Role.SCRAP),
    LocationKind.PRODUCTION: (Role.WIP, Role.WIP),
    LocationKind.OPENING: (Role.OPENING_EQUITY, Role.OPENING_EQUITY),
    # bought from consignment stock at the moment it becomes ours, and the reverse
    LocationKind.CONSIGNMENT: (Role.GRNI, Role.GRNI),
}

POSTING_TABLE: dict[tuple[LocationKind, LocationKind], Role] = (
    {(source, target): Role.TRANSFER for source in _HELD for target in _HELD}
    | {(partner, held): roles[0] for partner, roles in _PARTNERS.items() for held in _HELD}
    | {(held, partner): roles[1] for partner, roles in _PARTNERS.items() for held in _HELD}
    | {(LocationKind.CONSIGNMENT, LocationKind.CONSIGNMENT): Role.CONSIGNED}
    | {
        pair: Role.CONSIGNED
        for partner in (LocationKind.SUPPLIER, LocationKind.LOSS, LocationKind.OPENING)
        for pair in ((partner, LocationKind.CONSIGNMENT), (LocationKind.CONSIGNMENT, partner))
    }
)
"""(source kind, target kind) to the contra role. ``CONSIGNED`` moves quantity and no value."""

PARTNER_OF: dict[Kind, LocationKind] = {
    Kind.OPENING: LocationKind.OPENING,
    Kind.RECEIPT: LocationKind.SUPPLIER,
    Kind.RETURN_IN: LocationKind.CUSTOMER,
    Kind.ADJUST_IN: LocationKind.LOSS,
    Kind.ISSUE: LocationKind.CUSTOMER,
    Kind.RETURN_OUT: LocationKind.SUPPLIER,
    Kind.ADJUST_OUT: LocationKind.LOSS,
    Kind.WASTE: LocationKind.SCRAP,
    Kind.COUNT: LocationKind.LOSS,
}
"""The location kind on the other side of a one-sided movement."""

VALUE_ROLE: dict[Kind, Role] = {
    Kind.LANDED_COST: Role.LANDED_COST,
    Kind.WRITE_DOWN: Role.WRITE_DOWN,
    Kind.REVALUATION: Role.REVALUATION,
}
"""The contra role of a value-only fact. A cost change takes the contra of the receipt it re-costs."""
