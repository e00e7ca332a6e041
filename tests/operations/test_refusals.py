"""Refusals over the whole way of a purchase: each once, in words that say what to do, and nothing changed by them."""

import ast
import copy
import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from everstock import operations
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.usage import settings_changed
from everstock.masterdata import actions
from everstock.masterdata.models import PostingRule
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.credit_notes import CreditLine, cancel_credit_note
from everstock.operations.purchasing.grni import clear_grni
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import approve_invoice, cancel_invoice
from everstock.operations.purchasing.orders import approve_order, cancel_order, close_order, send_order
from everstock.operations.purchasing.payments import cancel_payment, register_payment
from everstock.operations.purchasing.prepayments import apply_prepayment, prepay
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive
from everstock.operations.purchasing.returns import ReturnLine, cancel_return, return_goods
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.transfers import Move, move
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing
from tests.operations.unchanged import Watch, refused

P = Permission
pytestmark = pytest.mark.django_db
LATER = MONDAY + 30 * DAY


class Ground:
    """A purchase that came to its end, one in the middle, and one that was cancelled; and the verbs, with all they need."""

    def __init__(self, owing: Owing) -> None:
        self.owing = owing
        self.boss = owing.boss
        self.ended = owing.sent()
        self.came = owing.receive(self.ended, 10)
        self.billed = owing.bill(receipts=[self.came.id])
        self.payment = self.pay(PaymentLine(self.billed.id))
        self.order = owing.sent(owing.line(10, "2.5"), owing.line(4, "1", "NUT"))
        self.receipt = owing.receive(self.order, 6, 4)
        self.invoice = owing.bill(owing.paper(self.receipt, 6))
        self.back = owing.send_back(self.receipt, 2)
        self.held = owing.bill(owing.paper(self.receipt, 4, "9", line=2))
        self.toll = owing.bill(InvoiceLine(None, amount=5, description="Toll"), supplier="EURO", rate=1_200_000_000)
        self.cancelled = owing.sent()
        cancel_order(self.boss, order=self.cancelled.id, reason="x", recorded_at=NOW)
        self.requested = owing.order()
        self.credit = self.moved = self.requested

    def given(self, **more: Any) -> dict[str, Any]:
        return {"day": LATER, "recorded_at": next(self.owing.moments), **more}

    def pay(self, *lines: PaymentLine, **more: Any) -> DocumentRef:
        given = self.given(supplier=self.owing.partners["SMITH"], lines=lines)
        return register_payment(more.pop("actor", self.boss), **{**given, **more})

    def pay_toll(self, bank_amount: int) -> DocumentRef:
        """Pay the invoice in a foreign currency."""
        return self.pay(PaymentLine(self.toll.id), supplier=self.owing.partners["EURO"], bank_amount=bank_amount)

    def prepaid(self, amount: int, **more: Any) -> DocumentRef:
        return prepay(self.boss, supplier=self.owing.partners["SMITH"], amount=amount, **self.given(**more))

    def apply(self, prepayment: DocumentRef, amount: int) -> DocumentRef:
        lines = [PaymentLine(self.invoice.id, amount)]
        return apply_prepayment(self.boss, prepayment=prepayment.id, lines=lines, **self.given())

    def applied(self) -> DocumentRef:
        """A prepayment that has paid something."""
        advance = self.prepaid(200)
        self.apply(advance, 100)
        return advance

    def receive(self, *lines: ReceiptLine, **more: Any) -> DocumentRef:
        return receive(more.pop("actor", self.boss), lines=lines, location=self.owing.dock, **self.given(**more))

    def give_back(self, *lines: ReturnLine, **more: Any) -> DocumentRef:
        given = self.given(location=self.owing.dock, resolution=Resolution.CREDIT, **more)
        return return_goods(self.boss, lines=lines, **given)

    def undo(
        self, verb: Callable[..., DocumentRef], kind: str, document: DocumentRef, *, day: bool = False
    ) -> DocumentRef:
        given = self.given() if day else {"recorded_at": next(self.owing.moments)}
        return verb(self.boss, **{kind: document.id}, reason="x", **given)

    def line(self, document: DocumentRef, number: int = 1) -> int:
        return self.owing.lines(document.id)[number - 1].id


@pytest.fixture(scope="module")
def made_ground(made_owing: Owing) -> Ground:
    return Ground(made_owing)


@pytest.fixture
def ground(made_ground: Ground, fresh_books: None) -> Ground:
    return copy.deepcopy(made_ground)


Case = Callable[[Ground], Any]
STATES: list[tuple[str, str, Case]] = [
    ("document.wrong_state", "requested and cannot be sent", lambda g: send_order(g.boss, order=g.requested.id, **g.given())),
    ("document.wrong_state", "sent and cannot be approved", lambda g: approve_order(g.boss, order=g.owing.sent().id, recorded_at=NOW)),
    ("document.wrong_state", "cancelled and cannot be cancelled", lambda g: g.undo(cancel_order, "order", g.cancelled)),
    ("document.wrong_state", "cancelled and cannot be closed", lambda g: g.undo(close_order, "order", g.cancelled)),
    ("document.wrong_state", "partly received and cannot be cancelled", lambda g: g.undo(cancel_order, "order", g.order)),
    ("document.wrong_state", "requested and cannot be received", lambda g: g.receive(ReceiptLine(SCALE, g.requested.id, 1))),
    ("document.wrong_state", "cancelled and cannot be received", lambda g: g.receive(ReceiptLine(SCALE, g.cancelled.id, 1))),
    ("document.wrong_state", "cancelled and cannot be invoiced", lambda g: g.owing.bill(g.owing.paper(g.cancelled, 1))),
    ("document.wrong_state", "invoiced and cannot be cancelled", lambda g: g.undo(cancel_receipt, "receipt", g.came)),
    ("document.wrong_state", "paid and cannot be cancelled", lambda g: g.undo(cancel_invoice, "invoice", g.billed, day=True)),
    ("document.wrong_state", "paid and cannot be paid", lambda g: g.pay(PaymentLine(g.billed.id, 1))),
    ("document.wrong_state", "on hold and cannot be paid", lambda g: g.pay(PaymentLine(g.held.id))),
    ("document.wrong_state", "posted and cannot be approved", lambda g: approve_invoice(g.boss, invoice=g.invoice.id, recorded_at=NOW)),
]  # fmt: skip
TWICE: list[tuple[str, str, Case, Case]] = [
    ("document.wrong_state", "cancelled", lambda g: g.undo(cancel_payment, "payment", g.payment, day=True), lambda g: None),
    ("document.wrong_state", "cancelled", lambda g: g.undo(cancel_invoice, "invoice", g.invoice, day=True), lambda g: None),
    ("document.wrong_state", "cancelled", lambda g: g.undo(cancel_return, "supplier_return", g.back), lambda g: None),
    ("document.wrong_state", "cancelled", lambda g: g.undo(cancel_credit_note, "credit_note", g.credit, day=True),
     lambda g: setattr(g, "credit", g.owing.credit(CreditLine(g.line(g.back))))),
    ("document.wrong_state", "cancelled", lambda g: g.undo(cancel_transfer, "transfer", g.moved),
     lambda g: setattr(g, "moved", move(g.boss, moves=[Move(g.owing.items["NUT"], SCALE, g.owing.dock, g.owing.shed)], **g.given()))),
    ("document.reference_taken", "already such a document", lambda g: g.owing.bill(InvoiceLine(None, amount=5, description="Toll"), reference="T-1"), lambda g: None),
    ("invoice.nothing_open", "invoiced already", lambda g: g.owing.bill(g.owing.paper(g.receipt, None), g.owing.paper(g.receipt, None)), lambda g: None),
]  # fmt: skip
WRONG: list[tuple[str, str, Case]] = [
    ("return.exceeds", "4 can be returned, and 5 would be", lambda g: g.give_back(ReturnLine(5 * SCALE, g.receipt.id, 1))),
    ("credit.not_expected", "3", lambda g: g.owing.credit(CreditLine(g.line(g.back), 3 * SCALE))),
    ("payment.exceeds", "would be paid", lambda g: g.pay(PaymentLine(g.invoice.id, 10**9))),
    ("payment.bank_amount", "and 0.00 USD would have gone", lambda g: g.pay(PaymentLine(g.invoice.id), bank_amount=0)),
    ("payment.bank_amount", "0.05 EUR, and 0.00 USD", lambda g: g.pay_toll(0)),
    ("payment.amount", "too large", lambda g: g.pay_toll(2**63)),
    ("payment.no_discount", "no cash discount", lambda g: g.pay(PaymentLine(g.invoice.id), take_discount=True)),
    ("prepayment.not_one", "is no prepayment", lambda g: g.apply(g.payment, 1)),
    ("prepayment.exceeds", "2.00 USD of", lambda g: g.apply(g.prepaid(200), 201)),
    ("payment.amount", "Nothing is paid", lambda g: g.prepaid(0)),
    ("account.unknown", "paid from", lambda g: g.prepaid(1, account=0)),
    ("payment.applied", "has paid invoices", lambda g: g.undo(cancel_payment, "payment", g.applied(), day=True)),
    ("payment.bank_amount", "2.00 USD, and 0.00 USD", lambda g: g.prepaid(200, bank_amount=0)),
    ("payment.twice", "named twice", lambda g: g.pay(PaymentLine(g.invoice.id, 1), PaymentLine(g.invoice.id, 1))),
    ("receipt.over_tolerance", "10 were ordered", lambda g: g.receive(ReceiptLine(5 * SCALE, g.order.id, 1), actor=g.owing.actor(P.RECEIPT_POST))),
    ("invoice.nothing_received", "Nothing was accepted", lambda g: g.owing.bill(InvoiceLine(g.line(g.receive(ReceiptLine(0, g.order.id, 1, rejected=SCALE, reason="rusty"))), SCALE))),
    ("stock.short", "BOLT", lambda g: move(g.boss, moves=[Move(g.owing.items["BOLT"], 99 * SCALE, g.owing.dock, g.owing.shed)], **g.given())),
    ("lot.not_tracked", "BOLT", lambda g: g.receive(ReceiptLine(SCALE, g.order.id, 1, lot="L1"))),
    ("unit.no_conversion", "NUT", lambda g: g.receive(ReceiptLine(SCALE, g.order.id, 2, unit=g.owing.units["box"]))),
    ("unit.no_conversion", "BOLT", lambda g: g.receive(ReceiptLine(SCALE, g.order.id, 1, unit=0))),
    ("tax.unknown", "tax code", lambda g: g.owing.bill(InvoiceLine(g.line(g.order), SCALE, tax_code=10**9))),
    ("tax.unknown", "inactive tax code", lambda g: g.owing.bill(InvoiceLine(g.line(g.order), SCALE, tax_code=g.owing.taxes["OLD"]))),
    ("invoice.tax", "does not charge", lambda g: g.owing.bill(InvoiceLine(g.line(g.order), SCALE, tax_code=g.owing.taxes["REV"], tax=1))),
    ("account.unknown", "account", lambda g: clear_grni(g.boss, lines=[g.line(g.receipt, 2)], account=0, reason="x", **g.given())),
    ("permission.missing", "register payments", lambda g: g.pay(PaymentLine(g.invoice.id), actor=g.owing.actor(P.PURCHASE_READ))),
    ("approval.over_limit", "up to", lambda g: approve_invoice(g.owing.actor(P.SUPPLIER_INVOICE_APPROVE_MISMATCH, limit=1), invoice=g.held.id, recorded_at=NOW)),
    ("location.unknown", "unknown or inactive", lambda g: move(g.boss, moves=[Move(g.owing.items["BOLT"], SCALE, g.owing.dock, g.owing.gone)], **g.given())),
    ("rate.missing", "no exchange rate for JPY", lambda g: g.owing.bill(InvoiceLine(None, amount=5, description="Toll"), supplier="YEN")),
    ("moment.other_day", "not on", lambda g: g.receive(ReceiptLine(SCALE, g.order.id, 1), effective_at=0)),
]  # fmt: skip


def _names(rows: list[Any]) -> list[str]:
    return [f"{number}-{row[0]}" for number, row in enumerate(rows)]


@pytest.mark.parametrize("code, words, act", STATES, ids=_names(STATES))
def test_what_the_state_does_not_allow(ground: Ground, watched: Watch, code: str, words: str, act: Case) -> None:
    with pytest.raises(Refusal) as said:
        act(ground)
    assert (said.value.code, words in said.value.cause) == (code, True), said.value
    assert watched.refused == 1, "it was refused before a transaction began"
    ground.owing.check()


@pytest.mark.parametrize("code, words, act, before", TWICE, ids=_names(TWICE))
def test_what_is_done_once_is_not_done_twice(ground: Ground, code: str, words: str, act: Case, before: Case) -> None:
    before(ground)
    if code != "invoice.nothing_open":
        act(ground)
    refused(code, lambda: act(ground), words)
    ground.owing.check()


@pytest.mark.parametrize("code, words, act", WRONG, ids=_names(WRONG))
def test_what_cannot_be(ground: Ground, watched: Watch, code: str, words: str, act: Case) -> None:
    with pytest.raises(Refusal) as said:
        act(ground)
    assert (said.value.code, words in said.value.cause) == (code, True), said.value
    # who may not is asked first, before anything is read
    assert watched.refused == (code != "permission.missing")
    ground.owing.check()


ROLES = {
    "grni": lambda g: g.receive(ReceiptLine(SCALE, g.order.id, 1)),
    "payable": lambda g: g.owing.bill(g.owing.paper(g.order, 1)),
    "bank": lambda g: g.pay(PaymentLine(g.invoice.id)),
    "exchange_loss": lambda g: g.pay_toll(10**6),
    "purchase_expense": lambda g: g.owing.bill(InvoiceLine(None, amount=5, description="Toll")),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_an_account_that_is_missing(ground: Ground, role: str) -> None:
    company = ground.owing.company
    PostingRule.objects.filter(company=company, role=role).delete()
    settings_changed(company.pk)
    refused("account.missing", lambda: ROLES[role](ground), role.replace("_", " "))


def test_a_closed_period_takes_nothing_and_refuses_nothing(ground: Ground) -> None:
    # what belongs to a closed day is booked on the first open one, and the figures of the closed days stay
    owing = ground.owing
    actions.lock_periods(company=owing.company, through=LATER)
    before = {code: owing.balance(code, to=LATER, basis="posted") for code in owing.codes}
    receipt = receive(owing.boss, lines=[ReceiptLine(SCALE, ground.order.id, 1)], day=MONDAY, location=owing.dock, recorded_at=next(owing.moments))  # fmt: skip
    invoice = owing.bill(receipts=[receipt.id])
    ground.pay(PaymentLine(invoice.id))
    assert {code: owing.balance(code, to=LATER, basis="posted") for code in owing.codes} == before
    assert owing.balance("1010", to=LATER + dt.timedelta(days=1), basis="posted") == before["1010"] - 250
    owing.check()


def test_every_refusal_of_the_operations_is_in_some_test() -> None:
    # some are refused to who asks for reports; two apps may use the same code, and each is tried with its own verbs
    tests = [path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("*.py")]
    [root] = operations.__path__
    used = {
        (app.name, code)
        for app in Path(root).iterdir()
        for path in app.rglob("*.py")
        if "migrations" not in path.parts
        for code in _codes(path)
    }
    shared = {code for code, apps in Counter(code for _, code in used).items() if apps > 1}
    missing = set()
    for app, code in used:
        tried = (text for text in tests if f'"{code}"' in text)
        if not any(f"operations.{app}" in text or app == "documents" or code not in shared for text in tried):
            missing.add((app, code))
    assert missing == set()


def _codes(path: Path) -> set[str]:
    """The codes with which something is refused in a module."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and node.args]
    refusals = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Refusal"]
    return {str(code.value) for code in refusals if isinstance(code, ast.Constant)}
