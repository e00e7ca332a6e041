"""What is picked for the dealers of a made-up company: one list for all that leave on a day; now and then something is not where it should be."""

from collections.abc import Callable

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.selling import Sale
from everstock.interfaces.demo.story import CLOSES, Story
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.states import State
from everstock.operations.sales.pick_lists import Method, create_pick_list
from everstock.operations.sales.picks import confirm_picks, short_pick
from everstock.operations.sales.staged_shipments import ship_picked
from everstock.operations.warehouse.count_requests import ShortReason, awaited_counts, dismiss_count
from everstock.operations.warehouse.pick_shares import Share, shares_of

PICKED_AT = CLOSES + 5
"""When is looked at what dealers get, in minutes of the day: nobody sells or puts away any more."""
OPEN = frozenset({State.CONFIRMED.value, State.PARTLY_SHIPPED.value})
"""States of orders of which something is still to be shipped."""
_SHORT = 0.08
_REASONS = (ShortReason.MISSING, ShortReason.MISSING, ShortReason.DAMAGED, ShortReason.UNREACHABLE)


class Picking:
    """Picks and ships orders together; ``shipped`` is told of every shipment, ``short`` of orders of which something was not found."""

    def __init__(
        self, story: Story, shipped: Callable[[Sale, DocumentRef], None], short: Callable[[Sale], None]
    ) -> None:
        self.story = story
        self._shipped = shipped
        self._short = short
        self._today: list[Sale] = []

    def add(self, sale: Sale) -> None:
        """Pick what is reserved for an order with all others of today."""
        if not self._today:
            self.story.on(self.story.day, self._pick_all, minute=PICKED_AT)
        if sale not in self._today:
            self._today.append(sale)

    def _pick_all(self) -> None:
        story, world = self.story, self.story.world
        sales, self._today = self._today, []
        made = story.do(
            "pick lists",
            create_pick_list,
            world.worker,
            orders=[sale.id for sale in sales],
            staging=world.packing,
            day=story.day,
            recorded_at=story.now,
            method=Method.BATCH if len(sales) > 1 else Method.ORDER,
            key=f"list-{story.now}",
        )
        if story.chance(_SHORT):
            self._miss(made, {sale.id for sale in sales if sale.customer.whole})
        if any(share.open for share in shares_of([made.id])):
            story.do(
                "picks",
                confirm_picks,
                world.worker,
                pick_list=made.id,
                day=story.day,
                recorded_at=story.now,
                effective_at=story.now,
            )
        for sale in sales:
            self._ship(sale, made, shares_of([made.id]))

    def _ship(self, sale: Sale, pick_list: DocumentRef, shares: list[Share]) -> None:
        own = [share for share in shares if share.order == sale.id]
        if any(share.staged for share in own):
            self._send(sale, pick_list)
        header, _ = sale.read(self.story)
        if header.state in OPEN and any(share.missing for share in own):
            # it was nowhere else either
            self._short(sale)

    def _send(self, sale: Sale, pick_list: DocumentRef) -> None:
        story = self.story
        made = story.do(
            "shipments of picked goods",
            ship_picked,
            story.world.worker,
            pick_lists=[pick_list.id],
            orders=[sale.id],
            day=story.day,
            recorded_at=story.now,
            effective_at=story.now,
            key=f"picked-{pick_list.id}-{sale.id}",
        )
        self._shipped(sale, made)

    # --- what is not found

    def _miss(self, pick_list: DocumentRef, whole: set[int]) -> None:
        """Something is not there, or not fit to be sold; who waits for a ``whole`` order would get nothing, and so it is looked for longer."""
        story, world = self.story, self.story.world
        needed = {share.line for share in shares_of([pick_list.id]) if share.order in whole}
        lines = [line for line in read(world.company.pk, [pick_list.id]).lines[pick_list.id] if line.line not in needed]
        if not lines:
            return
        line = story.some(lines)
        some = line.base_quantity > SCALE and story.chance(0.7)
        story.do(
            "short picks",
            short_pick,
            world.worker,
            pick_list=pick_list.id,
            line=line.line,
            reason=story.some(_REASONS),
            day=story.day,
            recorded_at=story.now,
            quantity=SCALE if some else None,
        )
        story.on(story.day, self._look_again, minute=PICKED_AT)

    def _look_again(self) -> None:
        """Whoever tidies up in the evening finds what was missed, behind something else."""
        story, world = self.story, self.story.world
        for wanted in awaited_counts(world.company.pk):
            story.do(
                "counts asked for and dismissed", dismiss_count, world.worker, request=wanted.id, recorded_at=story.now
            )
