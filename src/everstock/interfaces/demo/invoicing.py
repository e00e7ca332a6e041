"""What a made-up company bills its customers: by shipment or by the month, sometimes wrongly, and then again."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from everstock.interfaces.demo.selling import Sale
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel, Customer
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.states import State
from everstock.operations.sales.invoices import cancel_invoice, invoice_shipments

_WRONG, _TWICE, _FORGOTTEN = 0.015, 0.02, 0.01
_DELAYS = {Channel.WEB: (0, 1), Channel.MARKET: (0, 2), Channel.TRADE: (0, 4)}


class Invoicing:
    """Plans customer invoices; ``stands`` is told of every invoice that is in the books for good."""

    def __init__(self, story: Story, stands: Callable[[Customer, int], None]) -> None:
        self.story = story
        self._stands = stands
        self._monthly: dict[int, list[int]] = {}
        self._numbers = 0

    def shipped(self, sale: Sale, shipment: DocumentRef) -> None:
        """Plan the invoice of a shipment."""
        story, customer = self.story, sale.customer
        if customer.monthly:
            if customer.id not in self._monthly:
                end = (story.day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
                story.on(end, lambda: self._bill(customer, self._monthly.pop(customer.id)))
                self._monthly[customer.id] = []
            self._monthly[customer.id].append(shipment.id)
        elif story.chance(_FORGOTTEN):
            story.after(30, 70, lambda: self._bill(customer, [shipment.id]))
        else:
            story.after(*_DELAYS[customer.channel], partial(self._bill, customer, [shipment.id]))

    def _bill(self, customer: Customer, shipments: list[int]) -> None:
        story, world = self.story, self.story.world
        headers = read(world.company.pk, shipments).headers
        open_ = [one for one in shipments if headers[one].state == State.POSTED]
        if not open_:
            return
        self._numbers += 1
        what = "monthly invoices" if len(open_) > 1 else "invoices"
        made = None
        for _ in range(2 if story.chance(_TWICE) else 1):
            made = story.do(
                what,
                invoice_shipments,
                world.accountant,
                shipments=open_,
                day=story.day,
                recorded_at=story.now,
                key=f"bill-{self._numbers}",
            )
        assert made is not None
        story.lines += 1
        if story.chance(_WRONG):
            story.after(0, 3, partial(self._bill_again, customer, made.id, open_))
            return
        self._stands(customer, made.id)

    def _bill_again(self, customer: Customer, invoice: int, shipments: list[int]) -> None:
        """The invoice went to the wrong address: it is cancelled, and comes again."""
        story = self.story
        header = read(story.world.company.pk, [invoice]).headers[invoice]
        if header.state != State.POSTED:
            # it was paid before it was there
            return
        story.do(
            "invoices cancelled",
            cancel_invoice,
            story.world.accountant,
            invoice=invoice,
            day=story.day,
            reason="wrong address",
            recorded_at=story.now,
        )
        self._bill(customer, shipments)
