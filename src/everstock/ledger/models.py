"""The tables of the ledger. Facts and entries are append-only; everything else here is a cache that can be rebuilt from them.

Quantities are in 10^-6 of the base unit, amounts in the currency's minor unit, moments in microseconds since 1970-01-01
(``effective_at``: the company's own clock; ``recorded_at``: UTC). References to master data have no constraint in the
database: the posting path writes many rows a millisecond, and ``everstock verify`` checks them. Lot 0 means no lot.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from everstock.core.facts import Kind
from everstock.ledger.codes import CODE
from everstock.masterdata.models import Account, Company, Item, Location, Lot, Partner


def _link(to: type[models.Model], *, null: bool = False) -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(
        to, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, null=null
    )


class CompanyClock(models.Model):
    """One row per company, locked by whoever writes: recording moments never run backwards.

    ``settings_version`` changes with anything a posting process may have cached; ``snapshot_day`` is the last day for
    which snapshots exist.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    recorded_at = models.BigIntegerField(default=0)
    settings_version = models.IntegerField(default=0)
    snapshot_day = models.DateField(null=True)

    class Meta:
        db_table = "company_clock"


class Posting(models.Model):
    """What was recorded together: one document, one commit. ``id`` is the position: the order of recording."""

    id = models.BigIntegerField(primary_key=True)
    company = _link(Company)
    recorded_at = models.BigIntegerField()
    source = models.TextField()
    reference = models.TextField(null=True)
    actor = models.TextField(null=True)

    class Meta:
        db_table = "posting"
        indexes = [models.Index(fields=["company", "recorded_at", "id"], name="posting_recorded")]


class Movement(models.Model):
    """A fact: what moved from where to where, or what something is worth. Never changed, never deleted.

    ``kind``: position in ``codes.KINDS``. ``quantity``: for a count what was counted. ``content`` identifies the line as entered: the
    same reference with the same content is a repetition. ``details``: what the books do not need (unit entered, currency, note).
    """

    id = models.BigIntegerField(primary_key=True)
    posting = _link(Posting)
    company = _link(Company)
    item = _link(Item)
    kind = models.SmallIntegerField()
    effective_at = models.BigIntegerField()
    quantity = models.BigIntegerField()
    source = _link(Location, null=True)
    target = _link(Location, null=True)
    lot = _link(Lot, null=True)
    contra = _link(Account)
    contra_in = _link(Account, null=True)
    value = models.BigIntegerField(null=True)
    unit_value = models.BigIntegerField(null=True)
    origin = _link("self", null=True)  # type: ignore[arg-type]
    unit_price = models.BigIntegerField(null=True)
    partner = _link(Partner, null=True)
    reference = models.TextField()
    content = models.BigIntegerField()
    details = models.JSONField(null=True)

    class Meta:
        db_table = "movement"
        constraints = [
            models.UniqueConstraint(fields=["company", "reference"], name="movement_reference"),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="movement_quantity_not_negative"),
        ]
        indexes = [
            models.Index(fields=["item", "effective_at"], name="movement_item"),
            models.Index(fields=["origin"], name="movement_origin", condition=models.Q(origin__isnull=False)),
            # returns, cost changes, landed costs, reversals: few, and asked for whenever history is replayed
            models.Index(fields=["item"], name="movement_linked", condition=models.Q(origin__isnull=False)),
            # counts: few, and asked for whenever somebody waits for one
            models.Index(fields=["item"], name="movement_count", condition=models.Q(kind=CODE[Kind.COUNT])),
            # to whom a lot went, and whether it came back
            models.Index(fields=["lot"], name="movement_lot", condition=models.Q(lot__isnull=False)),
        ]


class CountDifference(models.Model):
    """Counted minus book, as first found or as changed by a fact learned later. Append-only; a count's difference is their sum."""

    id = models.BigAutoField(primary_key=True)
    posting = _link(Posting)
    movement = _link(Movement)
    item = _link(Item)
    location = _link(Location)
    lot = _link(Lot, null=True)
    effective_at = models.BigIntegerField()
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "count_difference"
        indexes = [models.Index(fields=["item", "effective_at"], name="count_difference_item")]


class Pool(models.Model):
    """Where costs are kept together: an item, in one inventory account, perhaps in one warehouse or of one lot (0: all).

    ``state`` is the costing state of ``core.costing.state.dump``; ``retired`` pools belong to an earlier costing of the company.
    """

    company = _link(Company)
    item = _link(Item)
    warehouse_id = models.IntegerField(default=0)
    lot_id = models.IntegerField(default=0)
    inventory = _link(Account)
    allowance = _link(Account)
    price_difference = _link(Account)
    transfer = _link(Account)
    quantity = models.BigIntegerField(default=0)
    value = models.BigIntegerField(default=0)
    state = ArrayField(models.BigIntegerField(), default=list)
    retired = models.BooleanField(default=False)

    class Meta:
        db_table = "pool"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "inventory", "warehouse_id", "lot_id"],
                name="pool_key",
                condition=models.Q(retired=False),
            ),
            models.CheckConstraint(
                condition=~models.Q(quantity=0) | models.Q(value=0), name="pool_quantity_zero_value_zero"
            ),
        ]


class Entry(models.Model):
    """A change of a pool and its journal entry in one row: debit ``account``, credit ``contra`` by ``amount``.

    Both sides are one number, so no entry can fail to balance. ``day`` is the effective day, ``posted_on`` the
    day of the books (the first open one). Entries without a pool are journal only. ``movement`` caused it; ``affected`` is another
    one whose amount changed (see ``core.facts.Entry``). Append-only.
    """

    pk = models.CompositePrimaryKey("posting_id", "line")
    posting = _link(Posting)
    line = models.IntegerField()
    company = _link(Company)
    movement = _link(Movement, null=True)
    affected = _link(Movement, null=True)
    pool = _link(Pool, null=True)
    day = models.DateField()
    posted_on = models.DateField()
    account = _link(Account)
    contra = _link(Account)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        db_table = "entry"
        indexes = [
            models.Index(fields=["pool", "day"], name="entry_pool_day"),
            models.Index(fields=["affected"], name="entry_affected", condition=models.Q(affected__isnull=False)),
        ]


class ItemClock(models.Model):
    """One row per item, locked while the item is posted to: the last place in its order, and facts since the last checkpoint."""

    item = models.OneToOneField(Item, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last_at = models.BigIntegerField(default=-(2**62))
    last_rank = models.SmallIntegerField(default=0)
    since_checkpoint = models.IntegerField(default=0)

    class Meta:
        db_table = "item_clock"


class Balance(models.Model):
    """On hand now, by item, location and lot (0: none)."""

    pk = models.CompositePrimaryKey("item_id", "location_id", "lot_id")
    item = _link(Item)
    location = _link(Location)
    lot_id = models.IntegerField(default=0)
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "balance"


class Checkpoint(models.Model):
    """State of a pool after all facts of its item up to and including the instant ``at``: where a replay may start."""

    pk = models.CompositePrimaryKey("item_id", "at", "pool_id")
    item = _link(Item)
    at = models.BigIntegerField()
    pool = _link(Pool)
    state = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "checkpoint"


class SnapshotDay(models.Model):
    """A day for which the snapshots of a company exist."""

    pk = models.CompositePrimaryKey("company_id", "day")
    company = _link(Company)
    day = models.DateField()

    class Meta:
        db_table = "snapshot_day"


class Snapshot(models.Model):
    """Quantity and value of a pool at the end of ``day``, as known now: what makes any past date cheap."""

    pk = models.CompositePrimaryKey("day", "pool_id")
    day = models.DateField()
    pool = _link(Pool)
    quantity = models.BigIntegerField()
    value = models.BigIntegerField()

    class Meta:
        db_table = "snapshot"


class CostingChange(models.Model):
    """A re-costing: up to ``posting`` the company was costed by ``method`` and ``scope``. Append-only."""

    id = models.BigAutoField(primary_key=True)
    company = _link(Company)
    posting = _link(Posting)
    method = models.CharField(max_length=16)
    scope = models.CharField(max_length=16)

    class Meta:
        db_table = "costing_change"


class Seal(models.Model):
    """A block of postings and the SHA-256 of their rows and of the block before: nobody edited the past with SQL."""

    company = _link(Company)
    first_posting = models.BigIntegerField()
    last_posting = models.BigIntegerField()
    digest = models.BinaryField()
    sealed_at = models.BigIntegerField()

    class Meta:
        db_table = "seal"
        constraints = [models.UniqueConstraint(fields=["company", "last_posting"], name="seal_order")]


class Reservation(models.Model):
    """Stock of an item in a warehouse that is promised: to ``holder`` (an order's line, a cart), perhaps of one lot (0: of any).

    ``expires_at``: until when, for ever if null. Those of a lower ``rank``, then of an earlier ``due_on``, are kept longest where
    there is no longer enough for all.
    """

    id = models.BigAutoField(primary_key=True)
    company = _link(Company)
    item = _link(Item)
    warehouse = _link(Location)
    lot_id = models.IntegerField(default=0)
    holder = models.TextField()
    quantity = models.BigIntegerField()
    rank = models.IntegerField(default=0)
    due_on = models.DateField(null=True)
    expires_at = models.BigIntegerField(null=True)
    created_at = models.BigIntegerField()

    class Meta:
        db_table = "reservation"
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "item", "warehouse", "lot_id", "company"], name="reservation_once"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="reservation_positive"),
        ]
        indexes = [
            models.Index(fields=["item", "warehouse"], name="reservation_item"),
            models.Index(
                fields=["item", "expires_at"], name="reservation_expires", condition=models.Q(expires_at__isnull=False)
            ),
        ]


class Reserved(models.Model):
    """How much of an item in a warehouse is promised in all: the sum of its reservations, kept so that nobody has to add them up."""

    pk = models.CompositePrimaryKey("item_id", "warehouse_id")
    item = _link(Item)
    warehouse = _link(Location)
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "reserved"
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gte=0), name="reserved_not_negative")]


class Waiting(models.Model):
    """Who was promised less of an item in a warehouse than he wanted, and may still need it: a hint, for those who are promised anything later.

    How much he needs now ``stock_awaited`` works out; who needs nothing any more is forgotten then.
    """

    pk = models.CompositePrimaryKey("item_id", "warehouse_id", "holder", "company_id")
    item = _link(Item)
    warehouse = _link(Location)
    holder = models.TextField()
    company = _link(Company)

    class Meta:
        db_table = "waiting"
