"""The people, places, goods and suppliers of a made-up company, as plain records."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from everstock.masterdata.models import Company
from everstock.operations.identity.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """An item. ``box``: id of the unit and base units in it, or ``None``; ``home``: its bin.

    ``cost`` and ``price``: about what it is bought for and sold for, in 10^-6 of the company's currency. ``appeal``: how much it is asked for
    beside the others; ``peak``: the month in which it is asked for most, ``None``: in none; ``since``, ``until``: when it is sold.
    """

    id: int
    sku: str
    tracking: str
    box: tuple[int, int] | None
    cost: int
    price: int
    home: int
    base_unit: int
    appeal: float
    peak: int | None
    since: dt.date
    until: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Goods as a supplier sells them: by the box or not, from ``minimum`` on in steps of ``multiple`` (units sold).

    ``preferred``: they are bought there unless there is a reason.
    """

    goods: Goods
    boxed: bool
    minimum: int
    multiple: int
    priced: bool
    preferred: bool

    @property
    def unit(self) -> int | None:
        """The id of the unit it is sold in; ``None``: the base unit."""
        return self.goods.box[0] if self.boxed and self.goods.box else None

    @property
    def factor(self) -> int:
        """Base units in one unit sold."""
        return self.goods.box[1] if self.boxed and self.goods.box else 1

    def price(self, seller: "Seller", factor: float = 1.0) -> int:
        """What one unit sold costs at ``seller``, times ``factor``, in 10^-6 of its currency, to the hundredth of a cent."""
        return max(100, round(self.goods.cost * self.factor * factor / seller.worth / 100) * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A supplier. ``worth``: of a unit of its currency in the beginning, in the company's; ``at_sea``: its goods are ours from dispatch;
    ``monthly``: it bills once a month; ``over``: tolerated, in percent.
    """

    id: int
    code: str
    currency: str
    worth: float
    tax: str
    lead_time: int
    at_sea: bool
    monthly: bool
    over: int
    offers: list[Offered] = field(default_factory=list)

    @property
    def foreign(self) -> bool:
        """Whether freight and duty come on top of its prices."""
        return self.tax == "IMPORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Goods that are sold as one: so many pieces of each. ``price`` as of goods."""

    id: int
    price: int
    contents: tuple[tuple[Goods, int], ...]


class Channel(StrEnum):
    """The ways in which customers buy."""

    WEB = "WEB"
    TRADE = "TRADE"
    MARKET = "MARKET"
    COUNTER = "COUNTER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who buys, and how. ``monthly``: is billed once a month; ``whole``: wants an order in one delivery.

    ``late``: pays so many days after it should, from and to; ``discount``: pays at once, and keeps a cash discount back.
    """

    id: int
    code: str
    channel: Channel
    currency: str
    monthly: bool
    whole: bool
    late: tuple[int, int]
    discount: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Some goods (ids of items) that are cheaper, and asked for more, between two days."""

    goods: frozenset[int]
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A company with everybody and everything in it. ``taxes`` and ``accounts`` by code.

    ``dropped``: what is never here, and who sends it to those who order it; ``drop_place``: where their lines leave from.
    """

    company: Company
    buyer: Actor
    manager: Actor
    worker: Actor
    accountant: Actor
    salesperson: Actor
    shop: Actor
    goods: list[Goods]
    sellers: list[Seller]
    haulier: int
    kits: list[Kit]
    dropped: list[tuple[Offered, Seller]]
    drop_place: int
    warehouse: int
    dock: int
    packing: int
    quality: int
    workshop: int
    transit: int
    customers: list[Customer]
    promotions: list[Promotion]
    taxes: dict[str, int]
    accounts: dict[str, int]
