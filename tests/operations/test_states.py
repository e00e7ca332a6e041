"""Every kind, every state, every verb: allowed or refused, as in the tables here, which are written out a second time."""

import pytest

from everstock.core.problems import Refusal
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import Line
from everstock.operations.documents.states import (
    FINAL,
    PROGRESS,
    VERBS,
    Progress,
    State,
    Verb,
    arrival_progress,
    called_off_progress,
    next_state,
    order_progress,
    progressed,
)

# a dot, and a verb without a column: refused; an equals sign: allowed, and the state stays
TABLES = {
    DocumentKind.PURCHASE_ORDER: """
                         approve   send  change     receive  invoice  close   cancel
        requested        approved  .     =          .        .        .       cancelled
        approved         .         sent  requested  .        .        .       cancelled
        sent             .         .     =          =        =        closed  cancelled
        partly_received  .         .     =          =        =        closed  .
        received         .         .     =          =        =        closed  .
        invoiced         .         .     .          =        =        closed  .
        closed           .         .     .          .        =        .       .
        cancelled        .         .     .          .        .        .       .
    """,
    DocumentKind.BLANKET_ORDER: """
                   approve   send  change     call_off  close   cancel
        requested  approved  .     =          .         .       cancelled
        approved   .         sent  requested  .         .       cancelled
        sent       .         .     =          =         closed  cancelled
        exhausted  .         .     =          .         closed  .
        closed     .         .     .          .         .       .
        cancelled  .         .     .          .         .       .
    """,
    DocumentKind.GOODS_RECEIPT: """
                         invoice  return  cancel
        posted           =        =       cancelled
        partly_invoiced  =        =       .
        invoiced         =        =       .
        cancelled        .        .       .
    """,
    DocumentKind.SUPPLIER_INVOICE: """
                     approve  pay  credit  cancel
        on_hold      posted   .    .       cancelled
        posted       .        =    =       cancelled
        partly_paid  .        =    =       .
        paid         .        .    =       .
        cancelled    .        .    .       .
    """,
    DocumentKind.SUPPLIER_CREDIT_NOTE: """
                     pay  cancel
        posted       =    cancelled
        partly_paid  =    .
        paid         .    .
        cancelled    .    .
    """,
    DocumentKind.SUPPLIER_PAYMENT: """
                   cancel
        posted     cancelled
        cancelled  .
    """,
    DocumentKind.LANDED_COST: """
                   invoice  cancel
        estimated  posted   cancelled
        posted     .        cancelled
        cancelled  .        .
    """,
    DocumentKind.SUPPLIER_RETURN: """
                         credit  cancel
        posted           =       cancelled
        partly_credited  =       .
        credited         .       .
        cancelled        .       .
    """,
    DocumentKind.GRNI_CLEARING: """
                   cancel
        posted     cancelled
        cancelled  .
    """,
    DocumentKind.STOCK_TRANSFER: """
                         receive  write_off  cancel
        posted           .        .          cancelled
        sent             =        =          cancelled
        partly_received  =        =          .
        received         .        .          .
        cancelled        .        .          .
    """,
    DocumentKind.QUOTE: """
                   send  accept    lose  change  cancel
        requested  sent  .         .     =       cancelled
        sent       .     accepted  lost  =       cancelled
        accepted   .     =         .     .       .
        lost       .     .         .     .       .
        cancelled  .     .         .     .       .
    """,
    DocumentKind.SALES_ORDER: """
                        confirm    change  ship  invoice  pay  close   cancel
        requested       confirmed  =       .     .        =    .       cancelled
        confirmed       .          =       =     =        =    closed  cancelled
        partly_shipped  .          =       =     =        =    closed  .
        shipped         .          =       .     =        =    closed  .
        invoiced        .          .       .     .        .    closed  .
        closed          .          .       .     =        .    .       .
        cancelled       .          .       .     .        .    .       .
    """,
    DocumentKind.PICK_LIST: """
                       pick  ship  cancel
        released       =     .     cancelled
        partly_picked  =     =     cancelled
        picked         .     =     cancelled
        completed      .     .     .
        cancelled      .     .     .
    """,
    DocumentKind.SHIPMENT: """
                         deliver  invoice  return  cancel
        posted           =        =        =       cancelled
        partly_invoiced  =        =        =       .
        invoiced         =        =        =       .
        cancelled        .        .        .       .
    """,
    DocumentKind.CUSTOMER_INVOICE: """
                     pay  credit  write_off  cancel
        posted       =    =       =          cancelled
        partly_paid  =    =       =          .
        paid         .    =       .          .
        cancelled    .    .       .          .
    """,
    DocumentKind.CUSTOMER_CREDIT_NOTE: """
                     pay  cancel
        posted       =    cancelled
        partly_paid  =    .
        paid         .    .
        cancelled    .    .
    """,
    DocumentKind.CUSTOMER_PAYMENT: """
                   cancel
        posted     cancelled
        cancelled  .
    """,
    DocumentKind.SALES_RETURN: """
                         receive  inspect  credit  cancel
        approved         posted   .        .       cancelled
        posted           .        =        =       cancelled
        partly_credited  .        =        =       .
        credited         .        =        .       .
        cancelled        .        .        .       .
    """,
}

PROGRESSES = {
    #                                   nothing   part               all          settled
    DocumentKind.PURCHASE_ORDER:       ("sent",   "partly_received", "received",  "invoiced"),
    DocumentKind.BLANKET_ORDER:        ("sent",   "sent",            "exhausted"),
    DocumentKind.GOODS_RECEIPT:        ("posted", "partly_invoiced", "invoiced"),
    DocumentKind.SUPPLIER_INVOICE:     ("posted", "partly_paid",     "paid"),
    DocumentKind.SUPPLIER_CREDIT_NOTE: ("posted", "partly_paid",     "paid"),
    DocumentKind.SUPPLIER_RETURN:      ("posted", "partly_credited", "credited"),
    DocumentKind.STOCK_TRANSFER:       ("sent",   "partly_received", "received"),
    DocumentKind.QUOTE:                ("sent",   "accepted",        "accepted"),
    DocumentKind.SALES_ORDER:          ("confirmed", "partly_shipped", "shipped", "invoiced"),
    DocumentKind.PICK_LIST:            ("released", "partly_picked", "picked",  "completed"),
    DocumentKind.SHIPMENT:             ("posted", "partly_invoiced", "invoiced"),
    DocumentKind.CUSTOMER_INVOICE:     ("posted", "partly_paid",     "paid"),
    DocumentKind.CUSTOMER_CREDIT_NOTE: ("posted", "partly_paid",     "paid"),
    DocumentKind.SALES_RETURN:         ("posted", "partly_credited", "credited"),
}  # fmt: skip


def cells() -> list[tuple[DocumentKind, str, str, str]]:
    found = []
    for kind, text in TABLES.items():
        head, *rows = (line.split() for line in text.strip().splitlines())
        for state, *row in rows:
            said = dict(zip(head, row, strict=True))
            found += [(kind, state, verb.value, said.pop(verb, ".")) for verb in Verb]
            assert not said, "these are no verbs"
    return found


def test_the_tables_are_total() -> None:
    assert set(VERBS) == set(DocumentKind) == set(TABLES) == set(PREFIX)
    assert len(set(PREFIX.values())) == len(PREFIX)
    written = {(kind, state) for kind, state, _, _ in cells()}
    assert written == {(kind, state.value) for kind, table in VERBS.items() for state in table}
    assert {verb for _, _, verb, cell in cells() if cell != "."} == set(Verb), "every verb does something"
    leads_to = {(kind, state) for kind, table in VERBS.items() for verbs in table.values() for state in verbs.values()}
    leads_to |= {(kind, state) for kind, table in PROGRESS.items() for state in table.values()}
    assert {(kind, state.value) for kind, state in leads_to} <= written, "every state that can be reached has a row"


@pytest.mark.parametrize("kind, state, verb, expected", cells())
def test_verb(kind: DocumentKind, state: str, verb: str, expected: str) -> None:
    if expected != ".":
        assert next_state(kind, state, Verb(verb)) == (state if expected == "=" else expected)
        return
    with pytest.raises(Refusal) as refused:
        next_state(kind, state, Verb(verb), "XX-1")
    assert refused.value.code == "document.wrong_state"
    assert refused.value.cause == f"XX-1 is {state.replace('_', ' ')} and cannot be {Verb(verb).done}."
    possible = [Verb(v).done for k, s, v, cell in cells() if (k, s) == (kind, state) and cell != "."]
    assert all(word in refused.value.remedy for word in possible)
    assert ("Nothing can be done" in refused.value.remedy) == (not possible)


def test_a_refusal_without_a_number_names_the_kind() -> None:
    with pytest.raises(Refusal, match=r"A purchase order is closed and cannot be approved\. It can be invoiced\."):
        next_state(DocumentKind.PURCHASE_ORDER, "closed", Verb.APPROVE)


@pytest.mark.parametrize("kind", DocumentKind)
def test_progress_goes_forward_and_back(kind: DocumentKind) -> None:
    if kind not in PROGRESSES:
        assert kind not in PROGRESS
        return
    states = PROGRESSES[kind]
    for at in states:
        for progress, expected in zip(Progress, states, strict=False):
            assert progressed(kind, at, progress) == expected
    for at in FINAL & set(VERBS[kind]):
        assert {progressed(kind, at, progress) for progress in Progress} == {at}


@pytest.mark.parametrize("state", [State.REQUESTED, State.APPROVED])
def test_what_was_not_sent_makes_no_progress(state: State) -> None:
    with pytest.raises(ValueError, match=f"purchase order that is {state} makes no progress"):
        progressed(DocumentKind.PURCHASE_ORDER, state, Progress.PART)


def line(item: int | None, wanted: int, received: int = 0, invoiced: int = 0, ordered: int = 0) -> Line:
    return Line(1, 1, wanted, wanted, item=item, received=received, invoiced=invoiced, ordered=ordered)


@pytest.mark.parametrize(
    "lines, expected",
    [
        ([line(1, 10)], Progress.NOTHING),
        ([line(1, 10, invoiced=10)], Progress.NOTHING),
        ([line(1, 10, 1), line(2, 10)], Progress.PART),
        ([line(1, 10, 10), line(2, 10)], Progress.PART),
        ([line(1, 10, 10), line(2, 10, 11)], Progress.ALL),
        ([line(1, 10, 10, 10), line(2, 10, 11, 10)], Progress.ALL),
        ([line(1, 10, 10, 10), line(2, 10, 11, 11)], Progress.SETTLED),
        ([line(1, 10, 10, 10), line(None, 1)], Progress.ALL),
        ([line(1, 10, 10, 10), line(None, 1, invoiced=1)], Progress.SETTLED),
        ([line(1, 10, 10, 10), line(2, 0)], Progress.SETTLED),
    ],
)
def test_progress_of_an_order(lines: list[Line], expected: Progress) -> None:
    assert order_progress(lines) is expected


@pytest.mark.parametrize(
    "called, expected", [((0, 0), Progress.NOTHING), ((10, 0), Progress.PART), ((10, 10), Progress.ALL)]
)
def test_progress_of_a_blanket_order(called: tuple[int, int], expected: Progress) -> None:
    assert called_off_progress([line(1, 10, ordered=quantity) for quantity in called]) is expected


@pytest.mark.parametrize(
    "arrived, lost, expected",
    [
        ((0, 0), (0, 0), Progress.NOTHING),
        ((0, 0), (1, 0), Progress.PART),
        ((10, 9), (0, 0), Progress.PART),
        ((10, 9), (0, 1), Progress.ALL),
        ((0, 0), (10, 10), Progress.ALL),
    ],
)
def test_progress_of_a_dispatch(arrived: tuple[int, int], lost: tuple[int, int], expected: Progress) -> None:
    lines = [line(1, 10, one)._replace(rejected=other) for one, other in zip(arrived, lost, strict=True)]
    assert arrival_progress(lines) is expected
