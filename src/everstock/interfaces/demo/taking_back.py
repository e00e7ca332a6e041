"""What customers of a made-up company send back, what becomes of it, and what they are credited for it, or for the price alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.selling import Sale
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel, Customer
from everstock.operations.documents.models import DocumentLink
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.inspections import Inspected, Outcome, inspect_return
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.payments import register_payment
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import approve_return, receive_return, take_back
from everstock.operations.warehouse.transfers import Move, release

_RETURNED = {Channel.WEB: 0.07, Channel.MARKET: 0.05, Channel.TRADE: 0.05}
_APPROVED, _FEE, _CHEAPER, _DAMAGED, _MENDED = 0.5, 0.15, 0.02, 0.3, 0.5
_REGRETTED = 0.3
"""How often a kit comes back: who wanted something else of it sends all of it."""
_RESOLUTIONS = (Resolution.CREDIT,) * 7 + (Resolution.REPLACEMENT,) * 2 + (Resolution.NOTHING,)
_REASONS = ("does not fit", "broken", "wrong colour", "not needed")
_GONE = frozenset({"return.nothing_left", "lot.expired"})
"""Why goods cannot go back to their bins: they expired while they waited."""


class TakingBack:
    """Plans returns of customers and credit notes; ``replaced`` is told of the order that replaces what came back."""

    def __init__(self, story: Story, replaced: Callable[[Sale], None]) -> None:
        self.story = story
        self._replaced = replaced
        self._homes = {goods.id: goods.home for goods in story.world.goods}

    def billed(self, customer: Customer, invoice: int) -> None:
        """Plan what comes back of what was billed, and complaints about the price."""
        story = self.story
        if story.chance(_REGRETTED) and self._kit(invoice):
            story.after(4, 28, lambda: self._kit_comes_back(customer, invoice))
        elif story.chance(_RETURNED.get(customer.channel, 0)):
            story.after(4, 28, lambda: self._come_back(customer, invoice))
        elif customer.channel is Channel.TRADE and story.chance(_CHEAPER * 2):
            story.after(3, 30, lambda: self._credit_price(invoice))

    # --- goods

    def _come_back(self, customer: Customer, invoice: int) -> None:
        """A customer asks before sending goods back, or does not."""
        story, world = self.story, self.story.world
        lines = self._shipped(invoice)
        if not lines:
            return
        line = story.some(lines)
        if line in self._kit(invoice):
            self._kit_comes_back(customer, invoice)
            return
        pieces = story.random.randint(1, max(1, (line.base_quantity - line.returned) // SCALE // 2))
        resolution = story.some(_RESOLUTIONS)
        wanted = ReturnLine(
            pieces * SCALE,
            line.document,
            line.line,
            location=world.quality,
            fee_rate=SCALE // 10 if resolution is Resolution.CREDIT and story.chance(_FEE) else 0,
            reason=story.some(_REASONS),
        )
        self._send(customer, [wanted], resolution)

    def _kit(self, invoice: int) -> list[Line]:
        """Of the first kit on an invoice the lines of the shipments."""
        lines = self._shipped(invoice)
        ordered = {line.id: line for line in self._ordered(lines)}
        of_kits = [line for line in lines if part_of(ordered[line.source or 0])]
        first = [(ordered[line.source or 0].document, part_of(ordered[line.source or 0])) for line in of_kits[:1]]
        return [
            line
            for line in of_kits
            if (ordered[line.source or 0].document, part_of(ordered[line.source or 0])) in first
        ]

    def _ordered(self, lines: list[Line]) -> list[Line]:
        """The lines of the orders of which shipments are."""
        before = DocumentLink.objects.filter(successor__in={line.document for line in lines})
        orders = read(self.story.world.company.pk, sorted(set(before.values_list("predecessor", flat=True)))).lines
        return [line for some in orders.values() for line in some]

    def _kit_comes_back(self, customer: Customer, invoice: int) -> None:
        """Kits come back as what is in them."""
        quality, reason = self.story.world.quality, self.story.some(_REASONS)
        back = [
            ReturnLine(line.base_quantity - line.returned, line.document, line.line, location=quality, reason=reason)
            for line in self._kit(invoice)
        ]
        if back:
            self.story.done["returns of kits"] += 1
            self._send(customer, back, Resolution.CREDIT)

    def _send(self, customer: Customer, wanted: list[ReturnLine], resolution: Resolution) -> None:
        story, world = self.story, self.story.world
        given: dict[str, Any] = {"lines": wanted, "resolution": resolution, "day": story.day}
        if story.chance(_APPROVED):
            made = story.do("returns approved", approve_return, world.salesperson, recorded_at=story.now, **given)
            story.after(2, 12, lambda: self._receive(customer, made, resolution))
            return
        what = f"returns for {resolution.value}"
        made = story.do(what, take_back, world.worker, effective_at=story.now, recorded_at=story.now, **given)
        self._came(customer, made, resolution)

    def _shipped(self, invoice: int) -> list[Line]:
        """Lines of the shipments of an invoice that stands, of which something is still with the customer."""
        company = self.story.world.company.pk
        found = read(company, [invoice])
        if found.headers[invoice].state == State.CANCELLED:
            return []
        sources = {line.source for line in found.lines[invoice] if line.item is not None}
        before = DocumentLink.objects.filter(successor=invoice).values_list("predecessor", flat=True)
        shipments = read(company, sorted(before)).lines.values()
        return [
            line
            for lines in shipments
            for line in lines
            # what a supplier sent goes back to it, without us
            if line.id in sources and line.item in self._homes and line.base_quantity - line.returned >= SCALE
        ]

    def _receive(self, customer: Customer, approved: DocumentRef, resolution: Resolution) -> None:
        story = self.story
        made = story.do(
            f"returns for {resolution.value}",
            receive_return,
            story.world.worker,
            sales_return=approved.id,
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
        )
        self._came(customer, made, resolution)

    def _came(self, customer: Customer, made: DocumentRef, resolution: Resolution) -> None:
        story = self.story
        story.lines += 1
        story.after(1, 4, lambda: self._inspect(made))
        if resolution is Resolution.CREDIT:
            story.after(1, 9, lambda: self._credit_return(customer, made))
        elif resolution is Resolution.REPLACEMENT:
            orders = DocumentLink.objects.filter(predecessor=made.id).values_list("successor", flat=True)
            for order in sorted(orders):
                self._replaced(Sale(order, customer, story.day))

    def _inspect(self, made: DocumentRef) -> None:
        """Most of what comes back is as good as new."""
        story, world = self.story, self.story.world
        lines = read(world.company.pk, [made.id]).lines[made.id]
        given: dict[str, Any] = {
            "sales_return": made.id,
            "day": story.day,
            "effective_at": story.now,
            "recorded_at": story.now,
        }
        if story.chance(_DAMAGED):
            if all(line.lot is None for line in lines) and story.chance(_MENDED):
                self._repair(lines, given)
                return
            story.do(
                "returns scrapped", inspect_return, world.manager, outcome=Outcome.SCRAP, reason="damaged", **given
            )
            return
        for line in lines:
            try:
                story.do(
                    "returns restocked",
                    inspect_return,
                    world.manager,
                    outcome=Outcome.RESTOCK,
                    lines=[Inspected(line.line)],
                    location=self._homes[line.item or 0],
                    **given,
                )
            except Refusal as refusal:
                if refusal.code not in _GONE:
                    raise
                story.refused[refusal.code] += 1

    def _repair(self, lines: list[Line], given: dict[str, Any]) -> None:
        """It goes to the workshop, and to its bin when it works again."""
        story, world = self.story, self.story.world
        story.do(
            "returns repaired", inspect_return, world.manager, outcome=Outcome.REPAIR, location=world.workshop, **given
        )
        moves = [
            Move(line.item, line.base_quantity, world.workshop, self._homes[line.item], source=line.id)
            for line in lines
            if line.item is not None
        ]
        story.after(4, 20, lambda: self._mended(moves))

    def _mended(self, moves: list[Move]) -> None:
        story = self.story
        story.do(
            "repairs finished",
            release,
            story.world.manager,
            moves=moves,
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
        )

    # --- credit notes

    def _credit_return(self, customer: Customer, made: DocumentRef) -> None:
        """What came back is set off against its invoice; what was paid already is paid back."""
        story = self.story
        lines = read(story.world.company.pk, [made.id]).lines[made.id]
        credited = [CreditLine(line.id) for line in lines if line.net > 0]
        if not credited:
            return
        note = self._credit("credit notes for returns", credited)
        header = read(story.world.company.pk, [note.id]).headers[note.id]
        if header.state != State.PAID and header.gross > header.paid:
            story.after(0, 5, partial(self._pay_back, customer, note.id))

    def _pay_back(self, customer: Customer, note: int) -> None:
        story = self.story
        story.do(
            "payments back",
            register_payment,
            story.world.accountant,
            customer=customer.id,
            lines=[PaymentLine(note)],
            day=story.day,
            recorded_at=story.now,
        )

    def _credit_price(self, invoice: int) -> None:
        """A dealer finds that something was too dear."""
        story = self.story
        found = read(story.world.company.pk, [invoice])
        lines = [line for line in found.lines[invoice] if line.item is not None and line.net > 1_000]
        if lines and found.headers[invoice].state != State.CANCELLED:
            self._credit("credit notes for price", [CreditLine(story.some(lines).id, part=SCALE // 20)])

    def _credit(self, what: str, lines: list[CreditLine]) -> DocumentRef:
        story = self.story
        return story.do(
            what,
            post_credit_note,
            story.world.accountant,
            lines=lines,
            day=story.day,
            recorded_at=story.now,
            settle=True,
        )
