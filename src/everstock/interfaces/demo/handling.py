"""What a made-up company does with its goods: puts them away, looks at them, sells them, sends some back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.ordering import Order
from everstock.interfaces.demo.story import CLOSES, Story
from everstock.interfaces.demo.world import Offered
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.operations.warehouse.putaway import Goods as Lying
from everstock.operations.warehouse.putaway import suggest
from everstock.operations.warehouse.transfers import Move, hold, move, reject, release

_SUGGESTED, _HELD, _SCRAPPED, _RETURNED, _MARGIN = 0.06, 0.05, 0.15, 0.035, 1.7
_RESOLUTIONS = (Resolution.CREDIT,) * 7 + (Resolution.REPLACEMENT,) * 2 + (Resolution.NOTHING,)


class Batch(NamedTuple):
    """Goods that came by a line of a receipt; ``lot``: the code of theirs."""

    line: Line
    offer: Offered
    lot: str | None


class _Sale(NamedTuple):
    """Goods that somebody will buy; ``lot``: an id, ``quantity`` in whole base units."""

    offer: Offered
    lot: int | None
    quantity: int


class Handling:
    """Moves goods and knows where they are. ``went_back`` is told of every return; ``replaced`` of orders that will be delivered again."""

    def __init__(
        self,
        story: Story,
        went_back: Callable[[DocumentRef, Resolution], None],
        replaced: Callable[[Order], None],
    ) -> None:
        self.story = story
        self._went_back = went_back
        self._replaced = replaced
        self._sales: defaultdict[dt.date, list[_Sale]] = defaultdict(list)
        self._sold = 0

    def came(self, batches: Sequence[Batch], place: int) -> None:
        """Note that goods lie at ``place``."""
        for batch in batches:
            self.story.stock[batch.offer.goods.id, place, batch.line.lot] += batch.line.base_quantity

    def moved(self, batches: Sequence[Batch], source: int, target: int) -> None:
        """Note that goods lie at ``target`` now."""
        for batch in batches:
            self.story.stock[batch.offer.goods.id, source, batch.line.lot] -= batch.line.base_quantity
        self.came(batches, target)

    # --- from the dock

    def put_away(self, batches: list[Batch], order: Order | None) -> None:
        """Plan that goods at the dock go to their bins, some of them by way of quality control."""
        story, world = self.story, self.story.world
        if not batches:
            return
        if story.chance(_HELD):
            story.after(0, 1, lambda: self._hold(batches, order))
        else:
            story.after(0, 2, lambda: self._to_bins(batches, world.dock, order))

    def _to_bins(self, batches: list[Batch], source: int, order: Order | None) -> None:
        story, world = self.story, self.story.world
        if story.chance(_SUGGESTED) and source == world.dock:
            goods = [Lying(batch.offer.goods.id, batch.line.base_quantity, source) for batch in batches]
            found = suggest(world.company.pk, goods)
            assert sum(one.quantity for one in found) == sum(one.quantity for one in goods)
            story.done["suggestions"] += 1
        if source == world.quality:
            story.do("releases", release, world.manager, **self._moves(batches, source))
        else:
            story.do("put-aways", move, world.worker, **self._moves(batches, source))
        for batch in batches:
            self.moved([batch], source, batch.offer.goods.home)
            self._plan_sales(batch)
        if story.chance(_RETURNED):
            story.after(2, 30, lambda: self._send_back(story.some(batches), order))

    def _moves(self, batches: list[Batch], source: int, target: int | None = None) -> dict[str, Any]:
        """What a verb of stock transfers is given; ``target``: ``None`` for the bins."""
        moves = [
            Move(
                *(batch.offer.goods.id, batch.line.base_quantity, source),
                *(batch.offer.goods.home if target is None else target, batch.lot),
                source=batch.line.id,
            )
            for batch in batches
        ]
        moment = self.story.now
        return {"moves": moves, "day": self.story.day, "effective_at": moment, "recorded_at": moment}

    def _hold(self, batches: list[Batch], order: Order | None) -> None:
        story, world = self.story, self.story.world
        story.do("holds", hold, world.worker, **self._moves(batches, world.dock, world.quality))
        self.moved(batches, world.dock, world.quality)
        story.after(1, 5, lambda: self._look(batches, order))

    def _look(self, batches: list[Batch], order: Order | None) -> None:
        """Most of what is held is good."""
        story, world = self.story, self.story.world
        if len(batches) > 1 and story.chance(_SCRAPPED):
            *batches, bad = batches
            scrapped = Move(
                bad.offer.goods.id, bad.line.base_quantity, world.quality, None, bad.lot, source=bad.line.id
            )
            story.do(
                "rejections",
                reject,
                world.manager,
                moves=[scrapped],
                reason="does not work",
                day=story.day,
                effective_at=story.now,
                recorded_at=story.now,
            )
            story.stock[bad.offer.goods.id, world.quality, bad.line.lot] -= bad.line.base_quantity
        self._to_bins(batches, world.quality, order)

    # --- sales

    def _plan_sales(self, batch: Batch) -> None:
        """Most of a batch is sold within some months, in a few sales."""
        random = self.story.random
        left = round(batch.line.base_quantity // SCALE * random.uniform(0.5, 1.0))
        while left > 0:
            part = left if left < 3 else random.randint(max(1, left // 3), left)
            day = self.story.day + dt.timedelta(days=random.randint(1, 80))
            if day not in self._sales:
                self.story.on(day, partial(self._sell, day), minute=CLOSES + 30)
            self._sales[day].append(_Sale(batch.offer, batch.line.lot, part))
            left -= part

    def _sell(self, day: dt.date) -> None:
        """What customers take this day, as far as it is there."""
        story, world = self.story, self.story.world
        lines = []
        self._sold += 1
        for number, sale in enumerate(self._sales.pop(day), 1):
            goods = sale.offer.goods
            quantity = min(sale.quantity * SCALE, story.stock[goods.id, goods.home, sale.lot])
            if quantity <= 0:
                continue
            story.stock[goods.id, goods.home, sale.lot] -= quantity
            lines.append(
                LedgerLine(
                    *(Kind.ISSUE, goods.id, f"SALE-{self._sold:06d}-{number}", quantity, goods.home),
                    lot=sale.lot,
                    effective_at=story.now,
                    unit_price=round(goods.cost * _MARGIN),
                    partner=story.some(world.customers),
                    number=number,
                )
            )
        if lines:
            document = Document(story.now, tuple(lines), "demo", f"SALE-{self._sold:06d}")
            story.do("sales", post, world.company.pk, document)
            story.lines += len(lines)

    # --- returns

    def _send_back(self, batch: Batch, order: Order | None) -> None:
        """Some of a batch turns out to be bad."""
        story, goods = self.story, batch.offer.goods
        there = story.stock[goods.id, goods.home, batch.line.lot] // SCALE
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
            f"returns for {resolution.value}",
            return_goods,
            story.world.worker,
            lines=[line],
            resolution=resolution,
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
        )
        story.stock[goods.id, goods.home, batch.line.lot] -= quantity
        story.lines += 1
        if resolution is Resolution.REPLACEMENT and order is not None:
            order.matched = True
            self._replaced(order)
        self._went_back(made, resolution)

    def _expects(self, order: Order) -> bool:
        """Whether a replacement can still come."""
        header, _ = order.read(self.story)
        return not (order.closed or order.seller.at_sea) and header.state != State.CLOSED
