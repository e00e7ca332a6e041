"""Documents as the base writes them, without the verbs of a process."""

from typing import Any

from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.write import write
from tests.operations.buying import MONDAY, NOW, Buying


def new(buying: Buying, kind: DocumentKind = DocumentKind.GOODS_RECEIPT, **more: Any) -> Header:
    [reserved] = lock(buying.company.pk, [], new_ids=1).ids
    given: dict[str, Any] = {
        "state": "posted",
        "day": MONDAY,
        "currency": "USD",
        "created_at": NOW,
        "posted_at": NOW,
        **more,
    }
    return Header(reserved, kind.value, **given)


def written(buying: Buying, kind: DocumentKind = DocumentKind.GOODS_RECEIPT, *lines: Line, **more: Any) -> Header:
    header = new(buying, kind, **more)
    numbers = write(buying.company.pk, documents=[header], lines=[line._replace(document=header.id) for line in lines])
    return header._replace(number=numbers[header.id])


def line(number: int = 1, **more: Any) -> Line:
    return Line(0, number, 10, 20, **more)
