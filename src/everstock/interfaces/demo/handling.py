"""What a made-up company does with its goods: puts them away, looks at them, scraps what is expired, sends some back."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.ordering import Order
from everstock.interfaces.demo.story import OPENS, Story
from everstock.interfaces.demo.world import Goods, Offered
from everstock.ledger.queries import balances, on_hand
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.operations.warehouse.putaway import Goods as Lying
from everstock.operations.warehouse.putaway import suggest
from everstock.operations.warehouse.transfers import Move, hold, move, reject, release

_SUGGESTED, _HELD, _SCRAPPED, _RETURNED = 0.06, 0.1, 0.3, 0.05
_RESOLUTIONS = (Resolution.CREDIT,) * 7 + (Resolution.REPLACEMENT,) * 2 + (Resolution.NOTHING,)


class Batch(NamedTuple):
    """Goods that came by a line of a receipt, ``quantity`` of them in base units (10^-6); ``lot``: the code of theirs, ``expires_on``: its day."""

    line: Line
    offer: Offered
    lot: str | None
    quantity: int
    expires_on: dt.date | None = None


class Handling:
    """Moves goods. ``went_back`` is told of every return to a supplier; ``replaced`` of orders that will be delivered again; ``there`` of
    goods that can be sold from now on.
    """

    def __init__(
        self,
        story: Story,
        went_back: Callable[[DocumentRef, Resolution], None],
        replaced: Callable[[Order], None],
        there: Callable[[Goods], None],
    ) -> None:
        self.story = story
        self._went_back = went_back
        self._replaced = replaced
        self._there = there

    # --- from the dock

    def put_away(self, batches: list[Batch], order: Order | None) -> None:
        """Plan that goods at the dock go to their bins, some of them by way of quality control."""
        story, world = self.story, self.story.world
        for batch in batches:
            self._there(batch.offer.goods)
            if batch.expires_on is not None:
                story.on(
                    batch.expires_on + dt.timedelta(days=1), partial(self._scrap_expired, batch), minute=OPENS - 30
                )
        if not batches:
            return
        if story.chance(_HELD):
            story.after(0, 1, lambda: self._hold(batches, order))
        else:
            story.after(0, 2, lambda: self._to_bins(batches, world.dock, order))

    def _lying(self, batches: Sequence[Batch], place: int) -> list[Batch]:
        """What of ``batches`` lies at ``place`` still: some of it may be on its way to a customer."""
        company = self.story.world.company.pk
        there = Counter(
            {
                (one.item, one.lot): one.quantity
                for one in balances(company, items={batch.offer.goods.id for batch in batches})
                if one.location == place
            }
        )
        found = []
        for batch in batches:
            which = batch.offer.goods.id, batch.line.lot or 0
            quantity = min(batch.quantity, there[which])
            there[which] -= quantity
            if quantity > 0:
                found.append(batch._replace(quantity=quantity))
        return found

    def _to_bins(self, batches: list[Batch], source: int, order: Order | None) -> None:
        story, world = self.story, self.story.world
        batches = self._lying(batches, source)
        if not batches:
            return
        if story.chance(_SUGGESTED) and source == world.dock:
            goods = [Lying(batch.offer.goods.id, batch.quantity, source) for batch in batches]
            found = suggest(world.company.pk, goods)
            assert sum(one.quantity for one in found) == sum(one.quantity for one in goods)
            story.done["suggestions"] += 1
        if source == world.quality:
            story.do("releases", release, world.manager, **self._moves(batches, source))
        else:
            story.do("put-aways", move, world.worker, **self._moves(batches, source))
        if story.chance(_RETURNED):
            story.after(2, 30, lambda: self._send_back(story.some(batches), order))

    def _moves(self, batches: list[Batch], source: int, target: int | None = None) -> dict[str, Any]:
        """What a verb of stock transfers is given; ``target``: ``None`` for the bins."""
        moves = [
            Move(
                *(batch.offer.goods.id, batch.quantity, source),
                *(batch.offer.goods.home if target is None else target, batch.lot),
                source=batch.line.id,
            )
            for batch in batches
        ]
        moment = self.story.now
        return {"moves": moves, "day": self.story.day, "effective_at": moment, "recorded_at": moment}

    def _hold(self, batches: list[Batch], order: Order | None) -> None:
        story, world = self.story, self.story.world
        batches = self._lying(batches, world.dock)
        if batches:
            story.do("holds", hold, world.worker, **self._moves(batches, world.dock, world.quality))
            story.after(1, 5, lambda: self._look(batches, order))

    def _look(self, batches: list[Batch], order: Order | None) -> None:
        """Most of what is held is good."""
        if len(batches) > 1 and self.story.chance(_SCRAPPED):
            *batches, bad = batches
            self._reject(
                "rejections",
                Move(bad.offer.goods.id, bad.quantity, self.story.world.quality, lot=bad.lot, source=bad.line.id),
                "does not work",
            )
        self._to_bins(batches, self.story.world.quality, order)

    def _reject(self, what: str, scrapped: Move, reason: str) -> None:
        story = self.story
        story.do(
            what,
            reject,
            story.world.manager,
            moves=[scrapped],
            reason=reason,
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
        )

    def _scrap_expired(self, batch: Batch) -> None:
        """Nobody may buy it any more."""
        story, world, item = self.story, self.story.world, batch.offer.goods.id
        for one in balances(world.company.pk, items=[item]):
            if one.lot != batch.line.lot or one.location == world.transit:
                continue
            if one.location != world.quality:
                gone = Move(item, one.quantity, one.location, world.quality, batch.lot)
                story.do(
                    "holds",
                    hold,
                    world.worker,
                    moves=[gone],
                    day=story.day,
                    effective_at=story.now,
                    recorded_at=story.now,
                )
            self._reject("expired goods", Move(item, one.quantity, world.quality, lot=batch.lot), "expired")

    # --- returns

    def _send_back(self, batch: Batch, order: Order | None) -> None:
        """Some of a batch turns out to be bad."""
        story, goods = self.story, batch.offer.goods
        there = on_hand(story.world.company.pk, goods.id, goods.home, batch.line.lot) // SCALE
        receipt = read(story.world.company.pk, [batch.line.document])
        now = next(line for line in receipt.lines[batch.line.document] if line.id == batch.line.id)
        most = min(there, (now.base_quantity - now.returned) // SCALE, max(1, batch.line.base_quantity // SCALE // 4))
        if most < 1:
            return
        resolution = story.some(_RESOLUTIONS)
        if resolution is Resolution.REPLACEMENT and (order is None or not self._expects(order)):
            resolution = Resolution.CREDIT
        quantity = story.random.randint(1, most) * SCALE
        unit = goods.base_unit if batch.line.unit is not None else None
        line = ReturnLine(quantity, batch.line.document, batch.line.line, unit=unit, location=goods.home, reason="bad")
        made = story.do(
            f"returns to suppliers for {resolution.value}",
            return_goods,
            story.world.worker,
            lines=[line],
            resolution=resolution,
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
        )
        story.lines += 1
        if resolution is Resolution.REPLACEMENT and order is not None:
            order.matched = True
            self._replaced(order)
        self._went_back(made, resolution)

    def _expects(self, order: Order) -> bool:
        """Whether a replacement can still come."""
        header, _ = order.read(self.story)
        return not (order.closed or order.seller.at_sea) and header.state != State.CLOSED
