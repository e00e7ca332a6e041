"""A company whose places are those of the random histories, and the way from a drawn fact to a line."""

import datetime as dt
import itertools

from everstock.core.facts import Fact, Kind, Method
from everstock.core.posting import LocationKind
from everstock.ledger.lines import Document, Line
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Company, Item, Location
from tests.core import strategies
from tests.core.strategies import BRANCH, CONSIGNMENT, FIRST_BIN, SECOND_BIN, TRANSIT, History, Scope

CREATED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CURRENCY = {1: "JPY", 100: "USD", 1000: "KWD"}
SCOPE = {Scope.ITEM: "item", Scope.WAREHOUSE: "item+location"}
_numbers = itertools.count(1)


class Shop:
    """One company; every history gets an item of its own in it."""

    def __init__(self, drawn: History, *, negative_stock: bool) -> None:
        self.company = actions.create_company(
            code=f"LAW-{next(_numbers)}",
            name="Laws",
            currency_code=CURRENCY[drawn.policy.minor_per_major],
            created_at=CREATED_AT,
            method=drawn.policy.method.value,
            scope=SCOPE[drawn.places.scope],
            negative_stock=negative_stock,
        )
        self.locations = _locations(self.company)
        item = actions.ensure_items(company=self.company, skus=["THING"])["THING"]
        Item.objects.filter(pk=item).update(standard_cost=drawn.policy.standard_cost)
        self.item = item
        self.lots = {lot: key for (_, lot), key in actions.ensure_lots(lots=[(item, "1"), (item, "2")]).items()}
        self.accounts = list(Account.objects.filter(company=self.company).order_by("id").values_list("id", flat=True))

    def line(self, fact: Fact) -> Line:
        """The line that enters a drawn fact."""
        location = fact.target if fact.source is None else fact.source
        moved = fact.kind is Kind.TRANSFER and fact.target is not None
        return Line(
            kind=fact.kind,
            item=self.item,
            reference=f"F{fact.id}",
            quantity=fact.quantity,
            location=None if location is None else self.locations[location],
            to_location=self.locations[fact.target] if moved and fact.target is not None else None,
            lot=None if fact.lot is None else self.lots[str(fact.lot)],
            effective_at=fact.effective_at,
            value=fact.value,
            unit_value=fact.unit_value,
            applies_to=None if fact.origin is None else f"F{fact.origin}",
        )

    def document(self, fact: Fact, recorded_at: int) -> Document:
        """A document of one line."""
        return Document(recorded_at, (self.line(fact),), "test")


def _locations(company: Company) -> dict[int, int]:
    create = Location.objects.create
    main = create(company=company, code="MAIN", kind="internal", purpose="warehouse")
    return {
        0: main.pk,
        FIRST_BIN: create(company=company, code="BIN-1", kind="internal", purpose="bin", parent=main).pk,
        SECOND_BIN: create(company=company, code="BIN-2", kind="internal", purpose="bin", parent=main).pk,
        BRANCH: create(company=company, code="BRANCH", kind="internal", purpose="warehouse").pk,
        TRANSIT: create(company=company, code="ROAD", kind=LocationKind.TRANSIT.value).pk,
        CONSIGNMENT: create(company=company, code="CONSIGNED", kind=LocationKind.CONSIGNMENT.value).pk,
    }


METHODS = list(Method)
histories = strategies.histories
