"""The people, places, goods and suppliers of a made-up company, as plain records."""

from dataclasses import dataclass, field

from everstock.masterdata.models import Company
from everstock.operations.identity.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """An item. ``box``: id of the unit and base units in it, or ``None``; ``cost``: 10^-6 of the company's currency; ``home``: its bin."""

    id: int
    sku: str
    tracking: str
    box: tuple[int, int] | None
    cost: int
    home: int
    base_unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Goods as a supplier sells them: by the box or not, from ``minimum`` on in steps of ``multiple`` (units sold)."""

    goods: Goods
    boxed: bool
    minimum: int
    multiple: int
    priced: bool

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
class World:
    """A company with everybody and everything in it. ``taxes`` and ``accounts`` by code."""

    company: Company
    buyer: Actor
    manager: Actor
    worker: Actor
    accountant: Actor
    goods: list[Goods]
    sellers: list[Seller]
    haulier: int
    dock: int
    quality: int
    transit: int
    customers: list[int]
    taxes: dict[str, int]
    accounts: dict[str, int]
