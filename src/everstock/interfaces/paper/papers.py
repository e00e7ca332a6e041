"""Which papers a document has, the usual one first, and how each is made."""

from collections.abc import Callable, Mapping

from everstock.core.problems import Refusal
from everstock.interfaces.paper import dispatching, documents, purchasing, selling
from everstock.interfaces.paper.rows import Letterhead
from everstock.interfaces.paper.selling_rows import DispatchKind
from everstock.interfaces.paper.texts import Language
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.identity.actor import Actor

Make = Callable[[Actor, int, Language, Letterhead], bytes]
"""From an actor and a document's id to a PDF; refuses as the function of ``purchasing``, ``selling`` or ``dispatching`` that it calls."""


def _purchase_order(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    return documents.purchase_order(purchasing.order_paper(actor, key, language=language, company=company))


def _receipt_note(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    paper = purchasing.receipt_paper(actor, key, language=language, company=company)
    return documents.goods_receipt_note(paper, costs=actor.sees_costs)


def _return_note(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    paper = purchasing.return_paper(actor, key, language=language, company=company)
    return documents.supplier_return_note(paper, costs=actor.sees_costs)


def _quote(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    return documents.sale(selling.quote_paper(actor, key, language=language, company=company))


def _confirmation(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    return documents.sale(selling.confirmation_paper(actor, key, language=language, company=company))


def _invoice(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    return documents.sale(selling.invoice_paper(actor, key, language=language, company=company))


def _delivery_note(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    kind = DispatchKind.DELIVERY_NOTE
    return documents.dispatch(dispatching.dispatch_paper(actor, key, kind, language=language, company=company))


def _packing_slip(actor: Actor, key: int, language: Language, company: Letterhead) -> bytes:
    kind = DispatchKind.PACKING_SLIP
    return documents.dispatch(dispatching.dispatch_paper(actor, key, kind, language=language, company=company))


PAPERS: Mapping[DocumentKind, Mapping[str, Make]] = {
    DocumentKind.PURCHASE_ORDER: {"order": _purchase_order},
    DocumentKind.BLANKET_ORDER: {"order": _purchase_order},
    DocumentKind.GOODS_RECEIPT: {"receipt-note": _receipt_note},
    DocumentKind.SUPPLIER_RETURN: {"return-note": _return_note},
    DocumentKind.QUOTE: {"quote": _quote},
    DocumentKind.SALES_ORDER: {"confirmation": _confirmation},
    DocumentKind.SHIPMENT: {"delivery-note": _delivery_note, "packing-slip": _packing_slip},
    DocumentKind.CUSTOMER_INVOICE: {"invoice": _invoice},
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
