"""The tables of the warehouse: what a place can hold, the rules by which goods are put away, and safety stock.

Quantities in 10^-6 of an item's base unit, weights in mg and volumes in cm³, as in master data.
"""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from everstock.masterdata.models import Company, Item, ItemCategory, Location


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
