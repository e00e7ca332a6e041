"""What comes back to the counter of a made-up company: by its receipt, paid out as it was paid, restocked or thrown away."""

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.offering import CARD
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel
from everstock.masterdata.models import Tracking
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till_returns import Back, return_goods

_RETURNED, _BROKEN = 0.08, 0.25


class Till:
    """Plans what comes back to the counter."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._tracked = {goods.id for goods in story.world.goods if goods.tracking != Tracking.NONE}

    def sold(self, receipt: DocumentRef) -> None:
        """Somebody may come back with what was sold."""
        if self.story.chance(_RETURNED):
            self.story.after(1, 13, lambda: self._take_back(receipt))

    def _take_back(self, receipt: DocumentRef) -> None:
        """One piece; what has a date of expiry or a number is not sold again."""
        story, world = self.story, self.story.world
        line = story.some(line for line in read(world.company.pk, [receipt.id]).lines[receipt.id] if line.item)
        scrap = line.item in self._tracked or story.chance(_BROKEN)
        story.do(
            "returns at the counter",
            return_goods,
            world.salesperson,
            channel=Channel.COUNTER.value,
            receipt=receipt.id,
            lines=[Back(line.line, SCALE, location=world.quality if scrap else None, scrap=scrap)],
            refunds=[Tender(CARD)],
            day=story.day,
            recorded_at=story.now,
            effective_at=story.now,
            reason="broken" if scrap else "not needed",
            key=f"back-{receipt.id}",
        )
        story.lines += 1
