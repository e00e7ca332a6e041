"""What a made-up company has to buy: once a week for each supplier, as much as customers are expected to want until the goods after those come."""

import datetime as dt
import math
from collections.abc import Callable, Mapping

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.demand import Demand
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Offered, Seller
from everstock.operations.warehouse.availability import availability

_WEEK = 7
_SAFETY = 2.4
"""Standard deviations of what is wanted until goods come that are kept for surprises."""
_COVER = 17
"""Days for which is ordered at once."""
_ELSEWHERE = 0.06
"""How often goods are ordered at a supplier who is not the first choice."""
_FORGOTTEN = 0.04
"""How often nobody sees that something runs out."""

Place = Callable[[Seller, Mapping[int, int]], None]


class Planning:
    """Looks at what is there, what is on its way and what is wanted, and lets ``place`` order."""

    def __init__(self, story: Story, demand: Demand, place: Place) -> None:
        self.story = story
        self._demand = demand
        self._place = place

    def plan(self) -> None:
        """Plan the days on which is looked."""
        story = self.story
        for number, seller in enumerate(story.world.sellers):
            day = story.first + dt.timedelta(days=number % 5)
            while day <= story.last:
                story.on(day, self._look(seller), minute=9 * 60 + number)
                day += dt.timedelta(days=_WEEK)

    def _look(self, seller: Seller) -> Callable[[], None]:
        return lambda: self._order(seller)

    def _order(self, seller: Seller) -> None:
        story = self.story
        offers = [
            offer
            for offer in seller.offers
            if self._is_sold(offer, seller) and story.chance(1 - _FORGOTTEN if offer.preferred else _ELSEWHERE)
        ]
        if not offers:
            return
        there = dict.fromkeys((offer.goods.id for offer in offers), 0)
        for one in availability(story.world.company.pk, list(there), day=story.day):
            there[one.item] += one.free + one.on_hold + one.incoming - one.needed
        needed: dict[int, int] = {}
        urgent = False
        for offer in offers:
            item = offer.goods.id
            forecast = self._demand.forecast(offer.goods, seller.lead_time + _WEEK)
            until = seller.lead_time + _WEEK
            least = forecast.rate * until + _SAFETY * math.sqrt(forecast.variance * until)
            short = least + forecast.rate * _COVER - there[item] / SCALE
            # what will run out within two weeks comes along with what has to be ordered now
            if short > forecast.rate * (_COVER - 2 * _WEEK):
                needed[item] = units(offer, short)
                urgent |= short > forecast.rate * _COVER
        if urgent:
            self._place(seller, needed)

    def _is_sold(self, offer: Offered, seller: Seller) -> bool:
        """Whether customers will still, or already, want it when it comes."""
        day = self.story.day + dt.timedelta(days=seller.lead_time)
        return offer.goods.since <= day and day + dt.timedelta(days=_COVER) <= offer.goods.until


def units(offer: Offered, pieces: float) -> int:
    """How many units of the supplier have at least so many pieces, as it sells them."""
    wanted = max(math.ceil(pieces / offer.factor), offer.minimum, 1)
    return -(-wanted // offer.multiple) * offer.multiple
