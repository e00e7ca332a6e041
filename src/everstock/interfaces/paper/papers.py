"""Which papers a document has, the usual one first, and how each is made."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.interfaces.paper import dispatching, documents, purchasing, selling
from everstock.interfaces.paper.rows import Letterhead
from everstock.interfaces.paper.selling_rows import DispatchKind, SalePaper
from everstock.interfaces.paper.texts import Language
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.identity.actor import Actor


class Wanted(NamedTuple):
    """How a paper is wanted: in which language, under which letterhead, and what day it is, for what must be decided now.

    ``warn`` is told what the law asks of the paper and nobody has said.
    """

    language: Language
    company: Letterhead
    today: dt.date
    warn: Callable[[str], None] = lambda _: None


Make = Callable[[Actor, int, Wanted], bytes]
"""From an actor and a document's id to a PDF; refuses as the function of ``purchasing``, ``selling`` or ``dispatching`` that it calls."""


def _purchase_order(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return documents.purchase_order(
        purchasing.order_paper(actor, key, language=wanted.language, company=wanted.company)
    )


def _receipt_note(actor: Actor, key: int, wanted: Wanted) -> bytes:
    paper = purchasing.receipt_paper(actor, key, language=wanted.language, company=wanted.company)
    return documents.goods_receipt_note(paper, costs=actor.sees_costs)


def _return_note(actor: Actor, key: int, wanted: Wanted) -> bytes:
    paper = purchasing.return_paper(actor, key, language=wanted.language, company=wanted.company)
    return documents.supplier_return_note(paper, costs=actor.sees_costs)


def _quote(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return documents.sale(selling.quote_paper(actor, key, language=wanted.language, company=wanted.company))


def _confirmation(actor: Actor, key: int, wanted: Wanted) -> bytes:
    paper = selling.confirmation_paper(actor, key, language=wanted.language, company=wanted.company, today=wanted.today)
    return documents.sale(paper)


def _invoice(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return _bill(selling.invoice_paper(actor, key, language=wanted.language, company=wanted.company), wanted)


def _credit_note(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return _bill(selling.credit_note_paper(actor, key, language=wanted.language, company=wanted.company), wanted)


def _bill(paper: SalePaper, wanted: Wanted) -> bytes:
    content = documents.sale(paper)
    for text in selling.lacks(paper):
        wanted.warn(text)
    return content


def _pick_list(actor: Actor, key: int, wanted: Wanted) -> bytes:
    paper = dispatching.pick_paper(actor, key, language=wanted.language, company=wanted.company, today=wanted.today)
    return documents.pick_list(paper)


def _return_label(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return documents.label(dispatching.return_label(actor, key, language=wanted.language, company=wanted.company))


def _list(actor: Actor, key: int, wanted: Wanted) -> bytes:
    return documents.pick_list(dispatching.list_paper(actor, key, language=wanted.language, company=wanted.company))


def _shipping_labels(actor: Actor, key: int, wanted: Wanted) -> bytes:
    labels = dispatching.shipping_labels(actor, key, language=wanted.language, company=wanted.company)
    return documents.label(*labels)


def _delivery_note(actor: Actor, key: int, wanted: Wanted) -> bytes:
    kind = DispatchKind.DELIVERY_NOTE
    return documents.dispatch(
        dispatching.dispatch_paper(actor, key, kind, language=wanted.language, company=wanted.company)
    )


def _packing_slip(actor: Actor, key: int, wanted: Wanted) -> bytes:
    kind = DispatchKind.PACKING_SLIP
    return documents.dispatch(
        dispatching.dispatch_paper(actor, key, kind, language=wanted.language, company=wanted.company)
    )


PAPERS: Mapping[DocumentKind, Mapping[str, Make]] = {
    DocumentKind.PURCHASE_ORDER: {"order": _purchase_order},
    DocumentKind.BLANKET_ORDER: {"order": _purchase_order},
    DocumentKind.GOODS_RECEIPT: {"receipt-note": _receipt_note},
    DocumentKind.SUPPLIER_RETURN: {"return-note": _return_note},
    DocumentKind.QUOTE: {"quote": _quote},
    DocumentKind.SALES_ORDER: {"confirmation": _confirmation, "pick-list": _pick_list},
    DocumentKind.PICK_LIST: {"pick-list": _list},
    DocumentKind.SHIPMENT: {
        "delivery-note": _delivery_note,
        "packing-slip": _packing_slip,
        "shipping-label": _shipping_labels,
    },
    DocumentKind.CUSTOMER_INVOICE: {"invoice": _invoice},
    DocumentKind.CUSTOMER_CREDIT_NOTE: {"credit-note": _credit_note},
    DocumentKind.SALES_RETURN: {"return-label": _return_label},
}


def maker(kind: DocumentKind, number: str, paper: str | None) -> Make:
    """Return how a paper of a document is made (``None``: its usual one). Refused: ``paper.unknown``."""
    known = PAPERS.get(kind, {})
    if paper is None and known:
        return next(iter(known.values()))
    if paper is None or paper not in known:
        said = f"{number} has no paper." if paper is None else f"{number} has no “{paper}” to print."
        remedy = f"Print one of: {', '.join(known)}." if known else "Look at it with `everstock document show`."
        raise Refusal("paper.unknown", said, remedy)
    return known[paper]
