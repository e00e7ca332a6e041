"""The tables of the warehouse: what places can hold, rules of putting away, safety stock, what is on pick lists, counts asked for.

Quantities in 10^-6 of an item's base unit, weights in mg and volumes in cm³, as in master data.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from everstock.masterdata.models import CODE_LENGTH, Company, Item, ItemCategory, Location
from everstock.operations.documents.models import Document, DocumentLine


class RuleKind(StrEnum):
    """How a rule finds a place for goods.

    ``FIXED_BIN``: at ``location``, and nowhere else by this rule. ``SAME_ITEM``: where the item lies already. ``ZONE``: below
    ``location``, where nothing or the same item lies. ``NEAREST_EMPTY``: where nothing lies, the least distance first.
    """

    FIXED_BIN = "fixed_bin"
    SAME_ITEM = "same_item"
    ZONE = "zone"
    NEAREST_EMPTY = "nearest_empty"


class PutAwayRule(models.Model):
    """A rule of a company; those of a lower ``rank`` are asked first.

    ``item``, ``category`` (with all below it): for which goods, null for any. ``location``: the bin or the zone, null for the whole warehouse.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    rank = models.SmallIntegerField()
    kind = models.CharField(max_length=16)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    category = models.ForeignKey(ItemCategory, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta:
        db_table = "put_away_rule"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "item", "category", "location"],
                name="put_away_rule_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(kind.value for kind in RuleKind)), name="put_away_rule_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=RuleKind.FIXED_BIN.value) | Q(item__isnull=False, location__isnull=False),
                name="put_away_rule_fixed_bin_complete",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RuleKind.ZONE.value) | Q(location__isnull=False), name="put_away_rule_zone_complete"
            ),
        ]


class StorageBin(models.Model):
    """What a place can hold; null: without limit. ``distance``: from the dock, in any measure; less is nearer."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, primary_key=True, related_name="storage_bin")
    distance = models.IntegerField(default=0)
    max_quantity = models.BigIntegerField(null=True)
    max_weight = models.BigIntegerField(null=True)
    max_volume = models.BigIntegerField(null=True)

    class Meta:
        db_table = "storage_bin"
        constraints = [
            models.CheckConstraint(
                condition=Q(distance__gte=0)
                & (Q(max_quantity__isnull=True) | Q(max_quantity__gte=0))
                & (Q(max_weight__isnull=True) | Q(max_weight__gte=0))
                & (Q(max_volume__isnull=True) | Q(max_volume__gte=0)),
                name="storage_bin_not_negative",
            ),
        ]


class SafetyStock(models.Model):
    """How much of an item is kept in a warehouse for what nobody expects; no sales channel promises it."""

    pk = models.CompositePrimaryKey("item_id", "warehouse_id")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    warehouse = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "safety_stock"
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="safety_stock_positive")]


_HELD = Q(quantity__gt=F("missing") + F("shipped") + F("put_back"))
"""Of shares: something of it lies at its place, or in staging, for its order and nobody else."""


def _link(to: type[models.Model], column: str | None = None) -> "models.ForeignKey[models.Model, models.Model]":
    """A reference that ``write`` and the verbs keep right; many rows are written at once."""
    return models.ForeignKey(
        to, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, db_column=column
    )


class PickShare(models.Model):
    """What a line of an order (``source``, of ``order``) gets of a line of a pick list (``document``).

    Of ``quantity``, so much was ``picked``, which took it from ``location`` to ``staging``, and so much is ``missing``: it was not found there or
    is not wanted any more. Of what was picked, so much was ``shipped`` and so much ``put_back``. ``lot`` 0: none. Shares of a line are served by
    ``rank``. ``tote``: where in a cluster it goes.
    """

    pk = models.CompositePrimaryKey("document_id", "line", "source_id")
    document = _link(Document)
    line = models.IntegerField()
    source = _link(DocumentLine)
    order = _link(Document, "order_id")
    item = _link(Item)
    location = _link(Location)
    lot = models.IntegerField(db_column="lot_id")
    staging = _link(Location)
    rank = models.SmallIntegerField()
    tote = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    quantity = models.BigIntegerField()
    picked = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    shipped = models.BigIntegerField(default=0)
    put_back = models.BigIntegerField(default=0)

    class Meta:
        db_table = "pick_share"
        constraints = [
            models.CheckConstraint(
                condition=Q(picked__gte=0, missing__gte=0, shipped__gte=0, put_back__gte=0),
                name="pick_share_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("picked") + F("missing")), name="pick_share_no_more_than_asked"
            ),
            models.CheckConstraint(
                condition=Q(picked__gte=F("shipped") + F("put_back")), name="pick_share_no_more_than_picked"
            ),
        ]
        indexes = [
            models.Index(fields=["item"], name="pick_share_item", condition=_HELD),
            models.Index(fields=["source"], name="pick_share_source", condition=_HELD),
        ]


class CountRequest(models.Model):
    """Somebody wants ``item`` counted at ``location`` (of ``lot``, 0: of none), because of what he found there.

    It is answered by the next count of the item at that place, or by whoever says so (``done_at``). ``document``: the pick list on which it was
    asked. Until then goods are taken from elsewhere.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.IntegerField(db_column="lot_id")
    reason = models.CharField(max_length=16)
    note = models.TextField(default="")
    document = _link(Document)
    asked_by = models.IntegerField(null=True)
    asked_at = models.BigIntegerField()
    done_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "count_request"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "lot"], name="count_request_open_once", condition=Q(done_at__isnull=True)
            ),
        ]
