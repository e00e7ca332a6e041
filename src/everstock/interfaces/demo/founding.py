"""Founding a made-up company: items, places and partners from files, users, suppliers and their prices by the verbs of the product."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from everstock.core.posting import LocationKind
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.offering import CATEGORY, Person, agree, customers_of, offer_goods, open_channels
from everstock.interfaces.demo.world import Goods, Kit, Offered, Seller, World
from everstock.ledger.usage import items_with_movements, locations_with_movements
from everstock.masterdata.actions import create_company, set_exchange_rate
from everstock.masterdata.imports import import_items, import_locations, import_partners
from everstock.masterdata.models import Account, Company, Item, ItemUnit, Location, Partner, Tracking
from everstock.masterdata.queries import virtual_locations
from everstock.operations.documents.actions import set_tax_code
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.drop_shipping.actions import drop_place
from everstock.operations.identity.actions import create_user, set_approval_limit, set_roles
from everstock.operations.identity.actor import Actor, system_actor
from everstock.operations.identity.queries import actor_of
from everstock.operations.purchasing.suppliers import set_price, set_supplier_item, set_terms
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.warehouse.models import RuleKind
from everstock.operations.warehouse.putaway import Rule, set_rules

CURRENCY = "EUR"
CAME_FROM = "demo data"
_RATES = {"USD": 0.92, "CNY": 0.128, "DKK": 0.1341}
"""What a unit of a currency is worth in the beginning."""
_PEOPLE = {
    "bea": ("Bea Buyer", "buyer"),
    "max": ("Max Manager", "manager"),
    "wim": ("Wim Worker", "warehouse_worker"),
    "ada": ("Ada Accountant", "accountant"),
    "sam": ("Sam Seller", "seller"),
    "shop": ("Web shop and marketplace", "integration"),
}
_PARTS = {"warehouse_worker": "worker", "seller": "salesperson", "integration": "shop"}
"""What those are in the world whose role is called otherwise."""
_BUYER_LIMIT, _CLEARING_LIMIT, _DISCOUNT_LIMIT = 500_000, 50_000, 2_000
"""Up to what a buyer approves orders, an accountant clears what is never billed, and a salesperson sells below the lists, in cents."""
_NAMES = (
    "Bracket",
    "Bearing",
    "Filter",
    "Pump",
    "Valve",
    "Cable",
    "Sensor",
    "Gasket",
    "Hinge",
    "Lamp",
    "Motor",
    "Switch",
)
_BOXES = (4, 4, 6, 10, 12)
_TRADES = (
    ("EUR", "VAT"),
    ("EUR", "VAT"),
    ("EUR", "VAT"),
    ("EUR", "EU"),
    ("DKK", "EU"),
    ("USD", "IMPORT"),
    ("CNY", "IMPORT"),
    ("EUR", "LOST"),
)
"""Currency and tax code of suppliers, as often as they stand here."""
_KITS, _DROPPED = ("20001", "20002"), ("30001", "30002")
"""SKUs of what is sold as one, and of what suppliers send to the customers."""
_TOGETHER = 0.9
"""What a kit costs beside its contents."""
_MONTH = dt.timedelta(days=31)
_NEW, _GIVEN_UP, _SLOW, _SEASONAL = 0.12, 0.06, 0.15, 0.15
_MARKUP = 1.55, 2.1
"""What goods are sold for at the full price, beside what they are bought for."""


def found(*, code: str, method: str, orders: int, first: dt.date, last: dt.date, random: Random) -> World:
    """Create the company ``code`` with as many items and partners as so many ``orders`` of customers need, ready to trade from ``first`` on.

    Refused: ``company.exists``, ``code.invalid``, ``method.unknown``.
    """
    at = dt.datetime.combine(first, dt.time(), dt.UTC)
    company = create_company(
        code=code, name="Demo Trading", currency_code=CURRENCY, created_at=at, method=method, language="en"
    )
    moment = int(at.timestamp()) * 1_000_000
    boss = system_actor(company.pk, CAME_FROM)
    items, sellers = max(20, min(400, orders // 36)), max(8, min(60, orders // 150))
    people = customers_of(orders)
    with TemporaryDirectory() as folder:
        _import(company, Path(folder), random, items, sellers, people)
    _exchange_rates(company, first, last, random)
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    taxes = _taxes(boss, accounts, moment)
    goods = _goods(company, random, first, last)
    places = dict(Location.objects.filter(company=company).values_list("code", "id"))
    set_rules(
        boss,
        rules=[Rule(RuleKind.FIXED_BIN, item=one.id, location=one.home) for one in goods[::2]]
        + [Rule(RuleKind.SAME_ITEM), Rule(RuleKind.NEAREST_EMPTY)],
        recorded_at=moment,
    )
    partners = dict(Partner.objects.filter(company=company).values_list("code", "id"))
    sold = [
        _seller(boss, number, partners[f"S{number:02d}"], taxes, random, moment) for number in range(1, sellers + 1)
    ]
    set_terms(boss, supplier=partners["HAUL"], payment_days=14, tax_code=taxes["VAT"], recorded_at=moment)
    _offers(boss, sold, goods, random, first, moment)
    kits, dropped = _kits(boss, goods, random, moment), _dropped(boss, sold[0], random, first, last, moment)
    open_channels(boss, places["W1"], drop_place(company.pk), partners, accounts["1010"], moment)
    customers = agree(boss, people, partners, taxes, random, moment)
    priced: list[Goods | Kit] = [*goods, *kits, *(offer.goods for offer, _ in dropped)]
    promotions = offer_goods(boss, priced, _RATES, random, first, last, moment)
    return World(
        company=company,
        **_people(boss, company, moment),
        goods=goods,
        sellers=[seller for seller in sold if seller.offers],
        haulier=partners["HAUL"],
        kits=kits,
        dropped=dropped,
        drop_place=drop_place(company.pk),
        warehouse=places["W1"],
        dock=places["DOCK"],
        packing=places["PACK"],
        quality=places["QC"],
        workshop=places["REPAIR"],
        transit=virtual_locations(company)[LocationKind.TRANSIT],
        customers=customers,
        promotions=promotions,
        taxes=taxes,
        accounts=accounts,
    )


# ---------------------------------------------------------------------------------------------------------------------
# From files


def _import(
    company: Company, folder: Path, random: Random, items: int, sellers: int, customers: Sequence[Person]
) -> None:
    tracked = dict.fromkeys(range(3, items + 1, 6), Tracking.LOT)
    tracked |= dict.fromkeys(range(10, items + 1, 24), Tracking.SERIAL)
    rows = []
    for number in range(1, items + 1):
        tracking = tracked.get(number, Tracking.NONE)
        boxed = number % 2 and tracking is not Tracking.SERIAL
        units = f"box={random.choice(_BOXES)}" if boxed else ""
        weight, volume = random.randint(50, 8000) / 1000, random.randint(100, 20_000) / 10**6
        name = f"{_NAMES[number % len(_NAMES)]} {number:03d}"
        rows.append(f"{10_000 + number},{name},{CATEGORY},each,{tracking},{units},{weight:.3f},{volume:.6f}")
    rows += [f"{sku},Set of two {number},{CATEGORY},each,none,,," for number, sku in enumerate(_KITS, 1)]
    rows += [f"{sku},Large machine {number},{CATEGORY},each,none,,," for number, sku in enumerate(_DROPPED, 1)]
    _write(folder / "items.csv", "sku,name,category,base_unit,tracking,units,weight,volume", rows)
    rows = ["W1,Warehouse,internal,,warehouse", "DOCK,Dock,internal,W1,dock", "QC,Quality control,internal,W1,quality"]
    rows += ["PACK,Packing table,internal,W1,packing", "REPAIR,Workshop,internal,W1,quality"]
    rows += [f"BIN-{number:03d},,internal,W1,bin" for number in range(1, items + 1)]
    _write(folder / "locations.csv", "code,name,kind,parent,purpose", rows)
    rows = [
        f"S{number:02d},Supplier {number},yes,no,{_TRADES[number % len(_TRADES)][0]}"
        for number in range(1, sellers + 1)
    ]
    rows += [f"{one.code},{one.name},no,yes,{one.currency}" for one in customers]
    rows.append("HAUL,Haulier and customs forwarder,yes,no,")
    _write(folder / "partners.csv", "code,name,supplier,customer,currency", rows)
    import_items(company, folder / "items.csv", has_movements=items_with_movements)
    import_locations(company, folder / "locations.csv", has_movements=locations_with_movements)
    import_partners(company, folder / "partners.csv")


def _write(file: Path, header: str, rows: list[str]) -> None:
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _goods(company: Company, random: Random, first: dt.date, last: dt.date) -> list[Goods]:
    boxes = {
        item: (unit, factor)
        for item, unit, factor in ItemUnit.objects.filter(item__company=company).values_list(
            "item", "unit", "numerator"
        )
    }
    bins = list(Location.objects.filter(company=company, purpose="bin").order_by("code").values_list("id", flat=True))
    rows = Item.objects.filter(company=company).exclude(sku__in=[*_KITS, *_DROPPED]).order_by("sku")
    return [
        _one_of_goods(row, boxes.get(row.pk), home, random, first, last) for row, home in zip(rows, bins, strict=True)
    ]


def _one_of_goods(
    row: Item, box: tuple[int, int] | None, home: int, random: Random, first: dt.date, last: dt.date
) -> Goods:
    """A few things sell a lot and many seldom; some come new, some are given up, some are for one season."""
    days = (last - first).days
    cost = round(random.lognormvariate(2.2, 0.9) * 100) * 10_000
    new, given_up = random.random() < _NEW, random.random() < _GIVEN_UP
    return Goods(
        id=row.pk,
        sku=row.sku,
        tracking=row.tracking,
        box=box,
        cost=cost,
        price=round(cost * random.uniform(*_MARKUP) / 50_000 + 1) * 50_000 - 10_000,
        home=home,
        base_unit=row.base_unit_id,
        appeal=random.lognormvariate(0, 0.8) * (0.15 if random.random() < _SLOW else 1.0),
        peak=random.randint(1, 12) if random.random() < _SEASONAL else None,
        since=first + dt.timedelta(days=random.randint(days // 4, days * 3 // 4)) if new else first,
        until=last - dt.timedelta(days=random.randint(0, days // 3)) if given_up and not new else dt.date.max,
    )


# ---------------------------------------------------------------------------------------------------------------------
# By verbs


def _exchange_rates(company: Company, first: dt.date, last: dt.date, random: Random) -> None:
    """A rate on the first day of each month, drifting."""
    rates = dict(_RATES)
    day = first.replace(day=1)
    while day <= last:
        for code, rate in rates.items():
            rates[code] = rate * random.uniform(0.985, 1.015)
            set_exchange_rate(company=company, currency_code=code, day=day, rate=round(rates[code] * 10**6) * 1000)
        day = (day + _MONTH).replace(day=1)


def _taxes(boss: Actor, accounts: dict[str, int], moment: int) -> dict[str, int]:
    kinds = {
        "VAT": ("Value added tax", 190_000, TaxKind.STANDARD),
        "EU": ("Reverse charge", 190_000, TaxKind.REVERSE_CHARGE),
        "LOST": ("Tax that is not recovered", 100_000, TaxKind.NON_RECOVERABLE),
        "IMPORT": ("Exempt", 0, TaxKind.EXEMPT),
    }
    found = {}
    for code, (name, rate, kind) in kinds.items():
        row = set_tax_code(
            boss,
            code=code,
            name=name,
            rate=rate,
            kind=kind,
            recorded_at=moment,
            input_account=accounts["1400"],
            output_account=accounts["2200"],
        )
        found[code] = row.pk
    return found


def _people(boss: Actor, company: Company, moment: int) -> dict[str, Actor]:
    """The users of the company by what they do. Users exist once: those of another demo company have a role here too."""
    actors = {}
    for name, (full_name, role) in _PEOPLE.items():
        user = f"{name}-{company.code.lower()}"
        create_user(boss, name=user, full_name=full_name, recorded_at=moment)
        set_roles(boss, user_name=user, roles=[role], recorded_at=moment)
    limits: tuple[tuple[str, str, int | None], ...] = (
        ("buyer", "purchase_order.approve", _BUYER_LIMIT),
        ("manager", "purchase_order.approve", None),
        ("manager", "supplier_invoice.approve_mismatch", None),
        ("manager", "grni.clear", None),
        ("accountant", "grni.clear", _CLEARING_LIMIT),
        ("seller", "price.override", _DISCOUNT_LIMIT),
        ("manager", "price.override", None),
        ("manager", "credit.override", None),
        ("manager", "receivable.write_off", None),
    )
    for role, permission, amount in limits:
        set_approval_limit(boss, role=role, permission=permission, amount=amount, recorded_at=moment)
    for name, (_, role) in _PEOPLE.items():
        actors[_PARTS.get(role, role)] = actor_of(company.pk, f"{name}-{company.code.lower()}", CAME_FROM)
    return actors


def _seller(boss: Actor, number: int, partner: int, taxes: dict[str, int], random: Random, moment: int) -> Seller:
    currency, tax = _TRADES[number % len(_TRADES)]
    abroad = tax == "IMPORT"
    seller = Seller(
        id=partner,
        code=f"S{number:02d}",
        currency=currency,
        worth=_RATES.get(currency, 1.0),
        tax=tax,
        lead_time=random.randint(18, 40) if abroad else random.randint(2, 14),
        at_sea=abroad and currency == "CNY",
        monthly=number % 7 == 3,
        over=random.choice((0, 2, 5)),
    )
    set_terms(
        boss,
        supplier=partner,
        payment_days=random.choice((0, 14, 30, 30, 45, 60)),
        incoterm="FOB" if seller.at_sea else "DDP",
        lead_time=seller.lead_time,
        over_tolerance=seller.over * SCALE // 100,
        under_tolerance=random.choice((0, 2, 5)) * SCALE // 100,
        price_tolerance=random.choice((0, 1, 2)) * SCALE // 100,
        closed_weekdays=0b1100000,
        tax_code=taxes[tax],
        recorded_at=moment,
    )
    return seller


def _offers(
    boss: Actor, sellers: list[Seller], goods: list[Goods], random: Random, first: dt.date, moment: int
) -> None:
    """Each item is sold by one supplier or two, mostly at prices that are known."""
    for number, one in enumerate(goods):
        first_choice, second = number % len(sellers), (number * 7 + 3) % len(sellers)
        offered = _offer(boss, sellers[first_choice], one, random, first, moment, preferred=True)
        sellers[first_choice].offers.append(offered)
        if random.random() < 0.4 and second != first_choice:
            offered = _offer(boss, sellers[second], one, random, first, moment, preferred=False)
            sellers[second].offers.append(offered)


def _offer(
    boss: Actor, seller: Seller, goods: Goods, random: Random, first: dt.date, moment: int, *, preferred: bool
) -> Offered:
    boxed = goods.box is not None and random.random() < 0.6
    multiple = 1 if boxed or goods.tracking == Tracking.SERIAL else random.choice((1, 1, 1, 2))
    minimum = multiple * random.choice((0, 1, 2))
    offered = Offered(
        goods=goods,
        boxed=boxed,
        minimum=minimum,
        multiple=multiple,
        priced=random.random() < 0.94,
        preferred=preferred,
    )
    set_supplier_item(
        boss,
        supplier=seller.id,
        item=goods.id,
        code=f"{seller.code}-{goods.sku}",
        unit=offered.unit,
        minimum_quantity=minimum * SCALE,
        multiple=multiple * SCALE,
        preferred=preferred,
        recorded_at=moment,
    )
    if not offered.priced:
        return offered
    year = dt.timedelta(days=365)
    for later, factor in ((first, 1.0), (first + year, random.uniform(0.97, 1.09))):
        for quantity, discount in ((0, 1.0), (20 * multiple, 0.95)):
            set_price(
                boss,
                supplier=seller.id,
                item=goods.id,
                unit_price=offered.price(seller, factor * discount),
                valid_from=later,
                from_quantity=quantity * SCALE,
                recorded_at=moment,
            )
    return offered


def _kits(boss: Actor, goods: list[Goods], random: Random, moment: int) -> list[Kit]:
    """Two of one thing and one of another, of what is there all the time and simply counted."""
    simple = [one for one in goods if one.tracking == Tracking.NONE and one.peak is None and one.until == dt.date.max]
    rows = Item.objects.filter(company_id=boss.company_id, sku__in=_KITS).order_by("sku")
    found = []
    for row in rows:
        first, second = random.sample(simple, 2)
        contents = ((first, 2), (second, 1))
        wanted = {one.id: pieces * SCALE for one, pieces in contents}
        set_kit(boss, item=row.pk, components=wanted, recorded_at=moment)
        worth = sum(one.price * pieces for one, pieces in contents)
        found.append(Kit(id=row.pk, price=round(worth * _TOGETHER / 50_000 + 1) * 50_000 - 10_000, contents=contents))
    return found


def _dropped(
    boss: Actor, seller: Seller, random: Random, first: dt.date, last: dt.date, moment: int
) -> list[tuple[Offered, Seller]]:
    """Goods that are too large to be kept here: their supplier sends them to those who order them."""
    place = drop_place(boss.company_id)
    rows = Item.objects.filter(company_id=boss.company_id, sku__in=_DROPPED).order_by("sku")
    found = []
    for row in rows:
        goods = _one_of_goods(row, None, place, random, first, last)
        goods = replace(goods, since=first, until=dt.date.max)
        found.append((_offer(boss, seller, goods, random, first, moment, preferred=True), seller))
    return found
