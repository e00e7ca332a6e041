"""Freight and duty of a made-up company: estimated when goods come from far, billed months later, and rarely as estimated."""

from functools import partial

from everstock.interfaces.demo.paying import Paying
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Seller
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.read import read
from everstock.operations.documents.states import State
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    invoice_landed_cost,
    post_landed_cost,
)

_FAR, _NEAR, _BY_PARTS = 0.7, 0.03, 0.2
_BY = (Sharing.VALUE, Sharing.VALUE, Sharing.WEIGHT, Sharing.QUANTITY, Sharing.VOLUME, Sharing.HAND)


class Charging:
    """Plans landed costs of receipts; ``haulier`` is who bills them."""

    def __init__(self, story: Story, paying: Paying, haulier: Seller) -> None:
        self.story = story
        self._paying = paying
        self._haulier = haulier
        self._numbers = 0

    def received(self, seller: Seller, receipt: int) -> None:
        """Plan what a receipt costs besides its price."""
        story = self.story
        if story.chance(_FAR if seller.foreign else _NEAR):
            story.after(0, 1, lambda: self._estimate(receipt))

    def _estimate(self, receipt: int) -> None:
        story, world = self.story, self.story.world
        found = read(world.company.pk, [receipt])
        header = found.headers[receipt]
        lines = [line for line in found.lines[receipt] if line.base_quantity and line.unit_price]
        worth = in_company_currency(header.net, header.currency, header.rate, world.company.currency_id)
        if header.state == State.CANCELLED or not lines or worth < 1_000:
            return
        charges = [self._charge(ChargeKind.FREIGHT, worth * 6 // 100, len(lines))]
        if world.company.currency_id != header.currency:
            charges.append(Charge(ChargeKind.DUTY, worth * 3 // 100))
        made = story.do(
            "landed costs",
            post_landed_cost,
            world.accountant,
            charges=charges,
            lines=[line.id for line in lines],
            day=story.day,
            recorded_at=story.now,
        )
        amounts = [charge.amount for charge in charges]
        if story.chance(_BY_PARTS):
            story.after(15, 60, partial(self._bill, made.id, {1: amounts[0] // 3}, final=False))
        later = {number: self._billed(amount) for number, amount in enumerate(amounts, 1)}
        story.after(61, 150, partial(self._bill, made.id, later, final=True))

    def _charge(self, kind: ChargeKind, amount: int, lines: int) -> Charge:
        by = self.story.some(_BY)
        if by is not Sharing.HAND:
            return Charge(kind, amount, by)
        each = amount // lines
        return Charge(kind, amount, by, shares=(amount - each * (lines - 1), *[each] * (lines - 1)))

    def _billed(self, estimate: int) -> int:
        return round(estimate * self.story.random.uniform(0.6, 1.25))

    def _bill(self, landed_cost: int, amounts: dict[int, int], *, final: bool) -> None:
        story, world = self.story, self.story.world
        self._numbers += 1
        made = story.do(
            "landed costs billed",
            invoice_landed_cost,
            world.accountant,
            landed_cost=landed_cost,
            supplier=world.haulier,
            reference=f"F-{self._numbers:05d}",
            day=story.day,
            charges=[
                ChargeBill(line, amount, tax_code=world.taxes["VAT"], final=final) for line, amount in amounts.items()
            ],
            recorded_at=story.now,
        )
        self._paying.owe(self._haulier, made.id)
