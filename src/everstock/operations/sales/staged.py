"""What a shipment that is taken back means for pick lists, packages and proofs of delivery."""

from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Header, Line, Update
from everstock.operations.sales.delivery_models import Delivery, Package, PackageLine
from everstock.operations.sales.pick_lists import KIND, now_at
from everstock.operations.warehouse.pick_shares import count_shares, replaced, shares_of

PICK_LIST, PICK_LINE = "pick_list", "pick_line"
"""Keys in the details of a shipment's line: the pick list (an id) and its line, with which the goods came to staging."""


def back_in_staging(read: Read, lines: Sequence[Line]) -> list[Update]:
    """Count what a shipment took from staging as not shipped; return what changes on the pick lists, which are among ``read``, locked."""
    taken = {
        (details[PICK_LIST], details[PICK_LINE], line.source): line.base_quantity
        for line in lines
        if PICK_LIST in (details := line.details or {})
    }
    if not taken:
        return []
    shares = shares_of({document for document, *_ in taken})
    changed = [share._replace(shipped=share.shipped - taken[share[:3]]) for share in shares if share[:3] in taken]
    count_shares(changed)
    after = replaced(shares, changed)
    return [
        Update(document, state=now_at(header, [share for share in after if share.document == document]).value)
        for document, header in read.headers.items()
        if header.kind == KIND
    ]


def refuse_delivered(shipment: Header) -> None:
    """Refuse (``shipment.delivered``) to take back what the customer has."""
    if Delivery.objects.filter(document=shipment.id, delivered_on__isnull=False).exists():
        raise Refusal(
            "shipment.delivered",
            f"{shipment.number} was delivered.",
            "Take the goods back as a return.",
        )


def unpack_shipment(shipment: int, recorded_at: int) -> None:
    """Let packages of a shipment that is taken back be what they were: packed in staging, or not there."""
    own = Package.objects.filter(shipment=shipment)
    loose = own.filter(from_staging=False)
    PackageLine.objects.filter(package__in=loose).delete()
    loose.update(unpacked_at=recorded_at, shipment=None)
    own.update(shipment=None)
