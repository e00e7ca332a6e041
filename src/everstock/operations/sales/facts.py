"""What a quote or a sales order needs to know before it is written: one statement, which locks the documents it changes."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from everstock.core.kits import Bills
from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.operations.documents.amounts import in_company_currency, known_rate, minor_per_major
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import ItemFacts, OrderLine, Place, Tax, named
from everstock.operations.documents.read import Read, unknown_document
from everstock.operations.documents.read import understood as understood_documents
from everstock.operations.sales import prices
from everstock.operations.sales.models import USUAL_PRIORITY
from everstock.operations.sales.prices import Prices, check_customer


class Terms(NamedTuple):
    """A customer's terms as in ``models.CustomerTerms``; the defaults are those of a customer without any."""

    payment_days: int = 0
    discount_days: int = 0
    discount: int = 0
    incoterm: str = ""
    tax_code: int | None = None
    credit_limit: int | None = None
    hold_reason: str = ""
    priority: int = USUAL_PRIORITY


class Channel(NamedTuple):
    """A sales channel as in ``models.SalesChannel``; ``warehouses``: ids, the one to sell from if nobody names one first."""

    id: int
    code: str
    kind: str
    series: str
    customer_group: str
    customer: int | None
    active: bool
    warehouses: list[int]


class Facts(NamedTuple):
    """What was asked for; what does not exist in the company is missing. ``rate`` in 10^-9 of the company's currency.

    ``owed``: what the customer owes and has on order beside the documents read, in minor units of the company's currency; 0 unless
    asked for, and where there is no limit. ``prices``: ``None`` where no item is named. ``bills``: what the kits among the items contain.
    ``costs``: quantity and value (minor units) of what is there of each item, wherever it is. ``delivery``: the
    default delivery address, as ``deliveries`` keeps it, if what the customer owes was asked for too.
    """

    read: Read
    customer_id: int
    customer: str
    currency: str
    company_currency: str
    rate: int
    terms: Terms
    owed: int
    items: dict[int, ItemFacts]
    bills: Bills
    factors: dict[tuple[int, int], tuple[int, int]]
    prices: Prices | None
    locations: dict[int, Place]
    taxes: dict[int, Tax]
    accounts: dict[int, tuple[str, bool]]
    costs: dict[int, tuple[int, int]]
    channel: Channel | None = None
    delivery: list[str] | None = None

    @property
    def home(self) -> int | None:
        """Where goods leave from if nobody says where: the first warehouse of the channel (an id)."""
        return None if self.channel is None or not self.channel.warehouses else self.channel.warehouses[0]

    @property
    def minor_per_major(self) -> int:
        """Minor units in a major one of the order's currency."""
        return minor_per_major(self.currency)


_READ = Statement(
    f"SELECT sale_read({', '.join(f'${number}' for number in range(1, 16))})",
    *(
        "int",
        "bigint[]",
        "bool",
        "int",
        "date",
        "text",
        "int[]",
        "int[]",
        "int[]",
        "int[]",
        "int[]",
        "bool",
        "int",
        "text",
        "text",
    ),
)


def load(
    company_id: int,
    lines: Sequence[OrderLine] = (),
    *,
    customer: int | None = None,
    day: dt.date | None = None,
    currency: str | None = None,
    location: int | None = None,
    document: int | None = None,
    kind: DocumentKind | None = None,
    related: bool = False,
    credit: bool = False,
    new_ids: int = 0,
    key: str | None = None,
    channel: str | None = None,
) -> Facts:
    """Return what holds on ``day`` for an order of ``customer`` in ``currency`` (``None``: the one we trade in with it).

    ``channel``: the code of the one it comes through; its customer is meant where none is named, its prices hold for who has none of his own.

    ``document``: an order or a quote (of ``kind``) to lock, whose customer, day and currency these are where they are not given; with
    ``related`` what it was made from too. ``credit``: also what the customer owes; there must be a transaction, as with a ``document``.

    Refused: no such channel (``channel.unknown``), nobody named and none of its own (``channel.no_customer``), no such document
    (``document.unknown``), no such customer (``customer.unknown``), a partner that is none (``customer.not_one``), a currency
    that is unknown (``currency.unknown``) or without an exchange rate on that day (``rate.missing``).
    """
    about = named(lines, location)
    documents = [] if document is None else [document]
    (answer,) = _READ.run(
        *(company_id, integers(documents), related, customer, day, currency),
        *map(integers, about),
        *(credit, new_ids, key, channel),
    )
    found = json.loads(answer or "")
    read = understood_documents(found["documents"])
    if document is not None:
        assert kind is not None
        if document not in read.headers:
            raise unknown_document(kind)
        day = day or read.one(document, kind)[0].day
    assert day is not None
    return understood(found, read, day, channel)


def understood(found: dict[str, Any], read: Read, day: dt.date, channel: str | None = None) -> Facts:
    """Return what the SQL function ``sale_read`` answered, as records; refuse as ``load``."""
    if channel is not None and found["channel"] is None:
        raise unknown_channel(channel)
    if channel is not None and found["customer_id"] is None:
        raise Refusal(
            "channel.no_customer",
            f"{channel} has no customer of its own.",
            "Name the customer, or set one for the channel.",
        )
    check_customer(found["customer"])
    own = found["company_currency"]
    return Facts(
        read=read,
        customer_id=found["customer_id"],
        customer=found["customer"][0],
        currency=found["currency"],
        company_currency=own,
        rate=known_rate(found["currency"], own, found["rate"], day),
        terms=Terms(*found["terms"] or ()),
        owed=sum(in_company_currency(amount, currency, rate, own) for currency, rate, amount in found["owed"] or ()),
        items={one[0]: ItemFacts(*one) for one in found["items"] or ()},
        bills=_bills(found["kits"] or ()),
        factors={(one[0], one[1]): (one[2], one[3]) for one in found["factors"] or ()},
        prices=None if found["prices"] is None else prices.understood(found["prices"]),
        locations={one[0]: Place(*one) for one in found["locations"] or ()},
        taxes={one[0]: Tax(*one) for one in found["taxes"] or ()},
        accounts={one[0]: (one[1], one[2]) for one in found["accounts"] or ()},
        delivery=found["delivery"],
        costs={one[0]: (one[1], one[2]) for one in found["costs"] or ()},
        channel=understood_channel(found["channel"]),
    )


def understood_channel(found: list[Any] | None) -> Channel | None:
    """Return what the SQL function ``channel_read`` answered."""
    return None if found is None else Channel(*found)


def unknown_channel(code: str) -> Refusal:
    """What is answered when a channel cannot be found."""
    return Refusal(
        "channel.unknown", f"There is no sales channel {code} in this company.", "Name another one, or create it first."
    )


def _bills(rows: Iterable[tuple[int, int, int]]) -> Bills:
    """Kit to its components, from rows of kit, component and quantity."""
    bills: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for kit, component, quantity in rows:
        bills[kit].append((component, quantity))
    return bills
