"""What a made-up company sells to whom: customers of four channels, what was agreed with them, price lists, promotions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.world import Channel, Customer, Goods, Kit, Promotion
from everstock.masterdata.models import ItemCategory
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.channels import Buffer, set_buffer, set_channel, set_means
from everstock.operations.sales.customers import set_address, set_terms
from everstock.operations.sales.models import AddressKind, ChannelKind
from everstock.operations.sales.price_lists import NewPrice, create_price_list, set_prices

CATEGORY = "GOODS"
"""All goods are of it, so that a list can take something off all prices."""
CARD = "card"
"""How is paid at the counter."""
_TRADE_GROUP = "TRADE"
_TRADE_OFF, _LARGE_OFF, _LARGE = 0.12, 0.17, 20
"""What the trade gets off the prices for everybody, and from how many pieces on it gets more."""
_ABROAD = ("EUR", "EUR", "EUR", "USD", "EUR", "DKK", "EUR")
"""The currencies of the trade, as often as they stand here."""
_TAXES = {"EUR": "VAT", "DKK": "EU", "USD": "IMPORT"}
_CITIES = (
    ("10115", "Berlin", "DE"),
    ("20095", "Hamburg", "DE"),
    ("80331", "Munich", "DE"),
    ("1010", "Vienna", "AT"),
    ("8001", "Zurich", "CH"),
)
_CHANNELS = {
    Channel.WEB: (ChannelKind.SHOP, "Web shop", "WEB", ""),
    Channel.MARKET: (ChannelKind.MARKETPLACE, "Marketplace", "MKT", "MARKET"),
    Channel.TRADE: (ChannelKind.WHOLESALE, "To the trade", "", ""),
    Channel.COUNTER: (ChannelKind.POINT_OF_SALE, "Counter", "POS", "COUNTER"),
}
"""Kind, name, series of numbers, and who buys if nobody else is named."""
DISCOUNT_DAYS = 10
"""Within which a discount may be kept back, where one is agreed."""
_CREDIT = 250_000
"""What some dealers may owe and have on order, in cents."""
_LATE = ((-4, 1), (-2, 4), (0, 10), (5, 25), (15, 70))
"""How late customers pay, from and to, in days."""
_DEARER = 0.03
"""Prices go up once a year."""
_PROMOTED, _CHEAPER = 0.12, 0.15
"""A part of the goods is in a promotion, and so much cheaper."""
_YEAR = dt.timedelta(days=365)


class Person(NamedTuple):
    """A customer before anything was agreed."""

    code: str
    name: str
    channel: Channel
    currency: str


def customers_of(orders: int) -> list[Person]:
    """The customers of a company that gets so many orders."""
    consumers, trade = max(12, orders // 4), max(6, orders // 60)
    found = [Person(f"C{number:05d}", f"Consumer {number}", Channel.WEB, "") for number in range(1, consumers + 1)]
    found += [
        Person(f"T{number:03d}", f"Dealer {number}", Channel.TRADE, _ABROAD[number % len(_ABROAD)])
        for number in range(1, trade + 1)
    ]
    found.append(Person("MARKET", "Customers of the marketplace", Channel.MARKET, ""))
    found.append(Person("COUNTER", "Customers at the counter", Channel.COUNTER, ""))
    return found


def open_channels(
    boss: Actor, warehouse: int, drop_place: int, partners: Mapping[str, int], bank: int, moment: int
) -> None:
    """Open the ways in which customers can buy; the marketplace is never promised the last piece, what suppliers send is sold to the trade, cards at the counter are paid to ``bank``."""
    for channel, (kind, name, series, customer) in _CHANNELS.items():
        row = set_channel(
            boss,
            code=channel.value,
            name=name,
            kind=kind,
            series=series,
            warehouses=[warehouse, drop_place] if channel is Channel.TRADE else [warehouse],
            customer=partners[customer] if customer else None,
            recorded_at=moment,
        )
        if channel is Channel.MARKET:
            set_buffer(boss, channel=row.pk, item=None, buffer=Buffer(SCALE), recorded_at=moment)
        if channel is Channel.COUNTER:
            set_means(boss, channel=row.pk, means=CARD, account=bank, recorded_at=moment)


def agree(
    boss: Actor,
    people: Sequence[Person],
    partners: Mapping[str, int],
    taxes: Mapping[str, int],
    random: Random,
    moment: int,
) -> list[Customer]:
    """Agree on terms with everybody."""
    found = []
    for number, one in enumerate(people):
        trade, partner = one.channel is Channel.TRADE, partners[one.code]
        currency = one.currency or "EUR"
        postcode, city, country = random.choice(_CITIES)
        discount = trade and number % 4 == 2
        set_terms(
            boss,
            customer=partner,
            payment_days=random.choice((14, 30, 30, 30, 45, 60)) if trade else 14 * (one.channel is Channel.MARKET),
            discount_days=DISCOUNT_DAYS if discount else 0,
            discount=20_000 if discount else 0,
            credit_limit=_CREDIT if trade and number % 3 == 1 else None,
            customer_group=_TRADE_GROUP if trade else "",
            priority=random.choice((2, 3, 4)) if trade else 5,
            tax_code=taxes[_TAXES[currency]],
            channel=one.channel.value,
            recorded_at=moment,
        )
        if trade:
            set_address(
                boss,
                customer=partner,
                kind=AddressKind.DELIVERY,
                code="MAIN",
                lines=f"Main Street {1 + number % 90}",
                postcode=postcode,
                city=city,
                country=country,
                recorded_at=moment,
            )
        found.append(
            Customer(
                id=partner,
                code=one.code,
                channel=one.channel,
                currency=currency,
                monthly=trade and currency == "EUR" and number % 3 == 0,
                whole=trade and random.random() < 0.2,
                late=random.choice(_LATE),
                discount=discount,
            )
        )
    return found


def offer_goods(
    boss: Actor,
    goods: Sequence[Goods | Kit],
    rates: Mapping[str, float],
    random: Random,
    first: dt.date,
    last: dt.date,
    moment: int,
) -> list[Promotion]:
    """Put prices on everything: for everybody, less for the trade, in three currencies, and still less in promotions."""
    category = ItemCategory.objects.values_list("pk", flat=True).get(company_id=boss.company_id, code=CATEGORY)
    retail = 0
    for currency in ("EUR", "DKK", "USD"):
        base = _full_prices(boss, goods, currency, rates.get(currency, 1.0), first, last, moment)
        retail = retail or base
        _trade_prices(boss, currency, base, category, first, moment)
    return _promotions(boss, goods, retail, random, first, last, moment)


def _full_prices(
    boss: Actor, goods: Sequence[Goods | Kit], currency: str, worth: float, first: dt.date, last: dt.date, moment: int
) -> int:
    """A list for everybody; return its id."""
    row = create_price_list(
        boss,
        code=f"FULL-{currency}",
        name=f"Full prices in {currency}",
        currency=currency,
        valid_from=first,
        recorded_at=moment,
    )
    prices, day, factor = [], first, 1.0
    while day <= last:
        prices += [
            NewPrice(day, item=one.id, unit_price=round(one.price * factor / worth / 10_000) * 10_000) for one in goods
        ]
        day, factor = day + _YEAR, factor * (1 + _DEARER)
    set_prices(boss, price_list=row.pk, prices=prices, recorded_at=moment)
    return row.pk


def _trade_prices(boss: Actor, currency: str, base: int, category: int, first: dt.date, moment: int) -> None:
    row = create_price_list(
        boss,
        code=f"TRADE-{currency}",
        name=f"For the trade, in {currency}",
        currency=currency,
        valid_from=first,
        customer_group=_TRADE_GROUP,
        base=base,
        recorded_at=moment,
    )
    steps = ((0, _TRADE_OFF), (_LARGE, _LARGE_OFF))
    prices = [
        NewPrice(first, category=category, from_quantity=pieces * SCALE, discount=round(off * SCALE))
        for pieces, off in steps
    ]
    set_prices(boss, price_list=row.pk, prices=prices, recorded_at=moment)


def _promotions(
    boss: Actor, goods: Sequence[Goods | Kit], base: int, random: Random, first: dt.date, last: dt.date, moment: int
) -> list[Promotion]:
    """Every second month some goods are cheaper for ten days."""
    found = []
    day = first + dt.timedelta(days=40)
    while day + dt.timedelta(days=10) <= last:
        some = random.sample(list(goods), max(2, round(len(goods) * _PROMOTED)))
        until = day + dt.timedelta(days=9)
        row = create_price_list(
            boss,
            code=f"PROMO-{day:%Y-%m}",
            name="Ten cheap days",
            currency="EUR",
            valid_from=day,
            valid_to=until,
            rank=50,
            base=base,
            recorded_at=moment,
        )
        prices = [NewPrice(day, item=one.id, discount=round(_CHEAPER * SCALE), valid_to=until) for one in some]
        set_prices(boss, price_list=row.pk, prices=prices, recorded_at=moment)
        found.append(Promotion(goods=frozenset(one.id for one in some), first=day, last=until))
        day += dt.timedelta(days=61)
    return found
