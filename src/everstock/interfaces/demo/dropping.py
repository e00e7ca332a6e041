"""What a made-up company sells and never has: its supplier sends it to the dealers, who are billed, and so is the company."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.planning import units
from everstock.interfaces.demo.selling import Sale, confirm_within_credit
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel, Offered, Seller
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import DocumentLink
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.drop_shipping.actions import Dispatched, cancel_dispatch, dispatch, order_from_suppliers
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.sales.orders import create_order

_OF_ALL = 0.02
"""So many of all orders are for such goods."""
_IN_PARTS, _MISTAKEN = 0.25, 0.15


class Dropping:
    """Plans drop shipments; ``shipped`` is told of what left for a customer, ``received`` of what its supplier will bill."""

    def __init__(
        self, story: Story, shipped: Callable[[Sale, DocumentRef], None], received: Callable[[Seller, int], None]
    ) -> None:
        self.story = story
        self._shipped = shipped
        self._received = received
        self._numbers = 0

    def plan(self, orders: int) -> None:
        """Plan the part of so many orders that is for such goods."""
        story = self.story
        days = (story.last - story.first).days
        for _ in range(max(1, round(orders * _OF_ALL))):
            story.on(story.first + dt.timedelta(days=story.random.randint(14, days)), self._order)

    def _order(self) -> None:
        """A dealer orders; whoever is on hold does so later."""
        story, world = self.story, self.story.world
        offered, seller = story.some(world.dropped)
        customer = story.some(one for one in world.customers if one.channel is Channel.TRADE)
        if customer.id in story.on_hold:
            story.after(3, 9, self._order)
            return
        self._numbers += 1
        quantity = units(offered, story.random.randint(1, 4))
        made = story.do(
            "orders of what suppliers send",
            create_order,
            world.salesperson,
            customer=customer.id,
            lines=[OrderLine(quantity * SCALE, item=offered.goods.id)],
            day=story.day,
            location=world.drop_place,
            reference=f"{customer.code}-D{self._numbers}",
            channel=Channel.TRADE.value,
            recorded_at=story.now,
        )
        story.lines += 1
        confirm_within_credit(story, {"order": made.id, "day": story.day, "recorded_at": story.now})
        self._buy(Sale(made.id, customer, story.day), offered, seller)

    def _buy(self, sale: Sale, offered: Offered, seller: Seller) -> None:
        story, world = self.story, self.story.world
        [made] = story.do(
            "purchase orders for customers",
            order_from_suppliers,
            world.buyer,
            order=sale.id,
            day=story.day,
            recorded_at=story.now,
        )
        approve_order(world.manager, order=made.id, recorded_at=story.now)
        send_order(world.buyer, order=made.id, day=story.day, recorded_at=story.now)
        in_parts = story.chance(_IN_PARTS)
        story.after(seller.lead_time, seller.lead_time + 4, lambda: self._send(sale, made, seller, in_parts=in_parts))

    def _send(self, sale: Sale, order: DocumentRef, seller: Seller, *, in_parts: bool) -> None:
        """The supplier says that all is on its way, or (``in_parts``) one piece of it; what was said by mistake is taken back."""
        story, world = self.story, self.story.world
        if sale.customer.id in story.on_hold:
            story.after(3, 9, lambda: self._send(sale, order, seller, in_parts=in_parts))
            return
        [line] = read(world.company.pk, [order.id]).lines[order.id]
        in_parts = in_parts and line.quantity - line.received > SCALE
        self._numbers += 1
        given: dict[str, Any] = {
            "order": order.id,
            "day": story.day,
            "lines": [Dispatched(line.line, SCALE)] if in_parts else [],
            "recorded_at": story.now,
        }
        made = story.do("drop shipments", dispatch, world.worker, reference=f"DROP-{self._numbers}", **given)
        if story.chance(_MISTAKEN):
            story.do(
                "drop shipments cancelled",
                cancel_dispatch,
                world.worker,
                order=order.id,
                shipment=made.id,
                reason="not sent yet",
                recorded_at=story.now,
            )
            story.after(1, 5, lambda: self._send(sale, order, seller, in_parts=in_parts))
            return
        story.lines += 1
        self._shipped(sale, made)
        self._received(seller, self._receipt(order))
        if in_parts:
            story.after(2, 8, lambda: self._send(sale, order, seller, in_parts=False))

    @staticmethod
    def _receipt(order: DocumentRef) -> int:
        """The newest receipt of an order."""
        made = DocumentLink.objects.filter(predecessor=order.id, successor__kind=DocumentKind.GOODS_RECEIPT.value)
        return made.order_by("-successor").values_list("successor", flat=True)[0]
