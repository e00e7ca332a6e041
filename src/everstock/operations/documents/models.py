"""The tables of all documents.

Units are those of ``records``. References between documents and to master data have no constraint in the database: many rows are
written a millisecond, always by ``write``, from ids that were read before. Rare tables have theirs.

A document that is posted (``posted_at``) is unchangeable: a trigger refuses every change but of its state and what is paid, of the
progress of its lines, and every new or deleted line (``sql/functions.sql``).
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThanOrEqual

from everstock.masterdata.models import Account, Company, Currency, Item, Location, Lot, Partner, Unit
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.states import State
from everstock.operations.documents.taxes import TaxKind

ATTACHMENT_LIMIT = 20 * 1024 * 1024
"""Bytes of one attachment."""
INVOICES = (DocumentKind.SUPPLIER_INVOICE.value, DocumentKind.SUPPLIER_CREDIT_NOTE.value)
OWED = (
    DocumentKind.SALES_ORDER.value,
    DocumentKind.CUSTOMER_INVOICE.value,
    DocumentKind.CUSTOMER_CREDIT_NOTE.value,
)
OPEN = tuple(
    state.value for state in (State.CONFIRMED, State.PARTLY_SHIPPED, State.SHIPPED, State.POSTED, State.PARTLY_PAID)
)
"""The states of these in which something is open."""


def _link(to: type[models.Model] | str, *, null: bool = False) -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(
        to, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, null=null
    )


class NumberSeries(models.Model):
    """The last number given to a document of a kind in a year. Its row is locked until the commit, so there are no gaps.

    ``series``: of a sales channel that counts for itself; empty: the company's.
    """

    pk = models.CompositePrimaryKey("company_id", "kind", "series", "year")
    company = _link(Company)
    kind = models.CharField(max_length=32)
    series = models.CharField(max_length=8, default="")
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        db_table = "number_series"


class TaxCode(models.Model):
    """A tax on what is bought or sold. ``rate`` in 10^-6; ``kind`` is a taxes.TaxKind."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True, default="")
    rate = models.IntegerField()
    kind = models.CharField(max_length=16)
    input_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)
    output_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "tax_code"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="tax_code_unique"),
            models.CheckConstraint(condition=Q(code__regex=r"^\S(.*\S)?$"), name="tax_code_trimmed"),
            models.CheckConstraint(condition=Q(rate__range=(0, 1_000_000)), name="tax_code_rate_range"),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(kind.value for kind in TaxKind)), name="tax_code_kind_known"
            ),
            models.CheckConstraint(condition=~Q(kind=TaxKind.EXEMPT.value) | Q(rate=0), name="tax_code_exempt_zero"),
        ]

    def __str__(self) -> str:
        return self.code


class Document(models.Model):
    """The header of any document; see ``records.Header``."""

    id = models.BigAutoField(primary_key=True)
    company = _link(Company)
    kind = models.CharField(max_length=32)
    number = models.CharField(max_length=32)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=1)
    partner = _link(Partner, null=True)
    day = models.DateField()
    due_on = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    sent_on = models.DateField(null=True)
    currency = _link(Currency)
    rate = models.BigIntegerField()
    reference = models.TextField(null=True)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    paid = models.BigIntegerField(default=0)
    created_at = models.BigIntegerField()
    posted_at = models.BigIntegerField(null=True)
    created_by = models.IntegerField(null=True)
    details = models.JSONField(null=True)

    class Meta:
        db_table = "document"
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "number"], name="document_number"),
            # the same invoice twice is refused; one that was cancelled may be entered again
            models.UniqueConstraint(
                fields=["company", "kind", "partner", "reference"],
                name="document_reference_once",
                condition=Q(kind__in=INVOICES, reference__isnull=False) & ~Q(state=State.CANCELLED.value),
            ),
            # an order of a channel is taken once for all: one that was cancelled does not come back by itself
            models.UniqueConstraint(
                "company",
                KT("details__channel"),
                "reference",
                name="document_channel_reference_once",
                condition=Q(kind=DocumentKind.SALES_ORDER.value, details__has_key="channel"),
            ),
            # one text each and no list: the server reads the condition anew in every statement
            models.CheckConstraint(condition=Q(rate__gt=0), name="document_rate_positive"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="document_gross_is_net_and_tax"),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "state"], name="document_state"),
            models.Index(fields=["company", "partner"], name="document_partner"),
            # what a customer owes and has on order
            models.Index(
                fields=["company", "partner"],
                name="document_owed",
                condition=Q(kind__in=OWED, state__in=OPEN),
            ),
            # goods that were ours from their dispatch on, and are perhaps on their way
            models.Index(
                fields=["company"],
                name="document_in_transit",
                condition=Q(kind=DocumentKind.GOODS_RECEIPT.value, details__has_key="in_transit"),
            ),
            # what a customer paid in advance
            models.Index(
                fields=["company", "partner"],
                name="document_advance",
                condition=Q(
                    kind=DocumentKind.CUSTOMER_PAYMENT.value, state=State.POSTED.value, details__has_key="advance"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(models.Model):
    """A line of any document; see ``records.Line``."""

    id = models.BigAutoField(primary_key=True)
    document = _link(Document)
    line = models.IntegerField()
    item = _link(Item, null=True)
    location = _link(Location, null=True)
    to_location = _link(Location, null=True)
    lot = _link(Lot, null=True)
    description = models.TextField(default="")
    unit = _link(Unit, null=True)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    quantity = models.BigIntegerField()
    base_quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField(null=True)
    discount = models.IntegerField(default=0)
    net = models.BigIntegerField()
    tax_code = _link(TaxCode, null=True)
    tax = models.BigIntegerField()
    source = _link("self", null=True)
    expected_on = models.DateField(null=True)
    ordered = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    invoiced = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    account = _link(Account, null=True)
    ledger_reference = models.TextField(null=True)
    details = models.JSONField(null=True)

    class Meta:
        db_table = "document_line"
        constraints = [
            models.UniqueConstraint(fields=["document", "line"], name="document_line_number"),
            models.CheckConstraint(condition=Q(line__gt=0), name="document_line_counts_from_one"),
            models.CheckConstraint(
                condition=Q(numerator__gt=0, denominator__gt=0), name="document_line_factor_positive"
            ),
            models.CheckConstraint(condition=Q(discount__range=(0, 1_000_000)), name="document_line_discount_range"),
            models.CheckConstraint(
                condition=Q(GreaterThanOrEqual(Least("ordered", "received", "invoiced", "returned", "rejected"), 0)),
                name="document_line_progress_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["source"], name="document_line_source", condition=Q(source__isnull=False)),
            # lines of orders of which goods are open; those that moved goods have a reference, those that bill them no place
            models.Index(
                fields=["item"],
                name="document_line_open",
                condition=Q(ledger_reference__isnull=True, location__isnull=False, received__lt=F("base_quantity")),
            ),
        ]


class DocumentLink(models.Model):
    """``successor`` was made from ``predecessor``: a receipt from an order, an invoice from a receipt, a reversal from what it reverses."""

    pk = models.CompositePrimaryKey("predecessor_id", "successor_id")
    predecessor = _link(Document)
    successor = _link(Document)

    class Meta:
        db_table = "document_link"
        indexes = [models.Index(fields=["successor"], name="document_link_successor")]


class DocumentPosting(models.Model):
    """The ledger's posting at ``position`` was made by ``document``."""

    pk = models.CompositePrimaryKey("document_id", "position")
    document = _link(Document)
    position = models.BigIntegerField()

    class Meta:
        db_table = "document_posting"
        indexes = [models.Index(fields=["position"], name="document_posting_position")]


class DocumentVersion(models.Model):
    """What a document said before it was changed after it had been sent. ``user``: an id, null for the system."""

    pk = models.CompositePrimaryKey("document_id", "version")
    document = _link(Document)
    version = models.IntegerField()
    at = models.BigIntegerField()
    user = models.IntegerField(null=True, db_column="user_id")
    content = models.JSONField()

    class Meta:
        db_table = "document_version"


class RequestKey(models.Model):
    """The request that made ``document``: the same key with the same content is answered with it."""

    pk = models.CompositePrimaryKey("company_id", "key")
    company = _link(Company)
    key = models.TextField()
    content = models.BigIntegerField()
    document = _link(Document)

    class Meta:
        db_table = "request_key"


class Note(models.Model):
    """What somebody wrote about a document. Append-only."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    at = models.BigIntegerField()
    user = models.IntegerField(null=True, db_column="user_id")
    text = models.TextField()

    class Meta:
        db_table = "document_note"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="document_note_not_empty")]


class Attachment(models.Model):
    """A file that belongs to a document. Append-only. ``sha256``: of ``content``, 32 bytes."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    at = models.BigIntegerField()
    user = models.IntegerField(null=True, db_column="user_id")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.BinaryField()
    content = models.BinaryField()

    class Meta:
        db_table = "document_attachment"
