"""Two years of trading of a company that does not exist, told by the actions of the product: the same for the same seed and size.

Customers of a web shop, a marketplace, the counter and the trade want more before the holidays and in promotions; they ask for quotes,
order, change, cancel, wait for what is not there. Goods leave by what expires first, in part, sometimes wrongly, and are billed by shipment
or month; what dealers ordered is picked together each day, and now and then not found; kits leave as what is in them, large things from the
supplier. What comes back is restocked, repaired or scrapped, and credited, replaced or paid out at the till. What is bought follows what is sold: orders to suppliers are approved by who may, sent, changed; goods come in part, late, damaged,
too many, with lots, by sea, without an order; they are put away, held, sent back, scrapped when expired; invoices come after the goods or
before, at other prices, in part, wrongly, and are credited, paid in the currencies of the suppliers, or never come; freight is billed months
later; each month is closed soon after its end. What people try and may not do is refused, and counted.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from django.db import transaction

from everstock.interfaces.demo.billing import Billing
from everstock.interfaces.demo.charging import Charging
from everstock.interfaces.demo.collecting import Collecting
from everstock.interfaces.demo.demand import Demand
from everstock.interfaces.demo.dropping import Dropping
from everstock.interfaces.demo.founding import found
from everstock.interfaces.demo.handling import Handling
from everstock.interfaces.demo.invoicing import Invoicing
from everstock.interfaces.demo.ordering import Order, Ordering
from everstock.interfaces.demo.paying import Paying
from everstock.interfaces.demo.planning import Planning
from everstock.interfaces.demo.receiving import Receiving
from everstock.interfaces.demo.selling import Sale, Selling
from everstock.interfaces.demo.shipping import Shipping
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.taking_back import TakingBack
from everstock.interfaces.demo.till import Till
from everstock.interfaces.demo.world import Customer, Seller
from everstock.ledger.database import lock_company
from everstock.masterdata.actions import lock_periods
from everstock.masterdata.models import Company

FIRST_DAY = dt.date(2024, 1, 1)
DAYS = 731
_CLOSED_ON = 12
"""The day of the month on which the month before is closed."""


class Told(NamedTuple):
    """What happened: verbs that were done and refusals, by name; ``lines`` of stock ordered, moved, billed.

    ``service``: the part of the lines customers asked for of which everything was there at once.
    """

    company: Company
    done: Mapping[str, int]
    refused: Mapping[str, int]
    lines: int
    service: float


def tell_trading(
    *,
    code: str,
    orders: int,
    seed: int,
    method: str = "average",
    first_day: dt.date = FIRST_DAY,
    days: int = DAYS,
    progress: Callable[[int], None] = lambda _: None,
) -> Told:
    """Make up the company ``code`` to which customers come about ``orders`` times in so many ``days``; what is open at the end stays open.

    ``progress`` is told how many have come. Refused: ``company.exists``, ``code.invalid``, ``method.unknown``.
    """
    if orders < 1 or days < 60:
        raise ValueError("a history of trading needs an order, and sixty days")
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    last_day = first_day + dt.timedelta(days=days - 1)
    world = found(code=code, method=method, orders=orders, first=first_day, last=last_day, random=random)
    story = Story(world, random, first_day, last_day)
    demand = Demand(story, orders)
    received = _plan_buying(story, demand)
    _plan_selling(story, demand, orders, progress, received)
    _plan_closings(story)
    story.run()
    service = story.served / max(1, story.asked)
    return Told(world.company, dict(story.done), dict(story.refused), story.lines, service)


def _plan_selling(
    story: Story, demand: Demand, orders: int, progress: Callable[[int], None], received: Callable[[Seller, int], None]
) -> None:
    """``received`` is told of what suppliers bill because they sent it to customers."""
    collecting = Collecting(story)

    def stands(customer: Customer, invoice: int) -> None:
        collecting.owe(customer, invoice)
        taking_back.billed(customer, invoice)

    def confirmed(sale: Sale) -> None:
        collecting.confirmed(sale)
        shipping.expect(sale)

    invoicing = Invoicing(story, stands)
    shipping = Shipping(story, invoicing.shipped)
    selling = Selling(story, demand, confirmed, Till(story).sold)
    taking_back = TakingBack(story, selling.replace)
    shipping.plan()
    collecting.plan()
    selling.plan(orders, progress)
    Dropping(story, invoicing.shipped, received).plan(orders)


def _plan_buying(story: Story, demand: Demand) -> Callable[[Seller, int], None]:
    """Return who is to be told of receipts that a supplier will bill."""
    world = story.world
    paying = Paying(story)
    billing = Billing(story, paying)
    haulier = Seller(
        id=world.haulier,
        code="HAUL",
        currency=world.company.currency_id,
        worth=1.0,
        tax="VAT",
        lead_time=0,
        at_sea=False,
        monthly=False,
        over=0,
    )
    charging = Charging(story, paying, haulier)

    def received(seller: Seller, receipt: int) -> None:
        charging.received(seller, receipt)
        billing.received(seller, receipt)

    def sent(order: Order) -> None:
        billing.ordered(order)
        receiving.expect(order)

    def again(order: Order) -> None:
        receiving.deliver_again(order)

    ordering = Ordering(story, sent)
    handling = Handling(story, billing.returned, again, demand.introduce)
    receiving = Receiving(story, handling, received, ordering.close)
    paying.plan()
    receiving.plan_unordered()
    ordering.plan()
    Planning(story, demand, ordering.place).plan()
    return billing.received


def _plan_closings(story: Story) -> None:
    month = story.first.replace(day=1)
    while month <= story.last:
        following = (month + dt.timedelta(days=31)).replace(day=1)
        story.on(following.replace(day=_CLOSED_ON), _closing(story, following - dt.timedelta(days=1)), minute=20 * 60)
        month = following


def _closing(story: Story, through: dt.date) -> Callable[[], None]:
    def act() -> None:
        company = story.world.company
        with transaction.atomic():
            lock_company(company.pk, exclusive=True)
            lock_periods(company=company, through=through)
        story.done["months closed"] += 1

    return act
