"""The tables of suppliers: what was agreed with them, what they sell, at which prices.

Quantities and prices are in 10^-6, as everywhere; a supplier item's own quantities and prices are in its ``unit``.
"""

from django.db import models
from django.db.models import F, Q

from everstock.core.lead_times import ALL_WEEKDAYS, LONGEST_LEAD_TIME
from everstock.core.quantities import SCALE
from everstock.masterdata.models import CODE_LENGTH, NAME_LENGTH, Currency, Item, Partner, Unit
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.models import TaxCode


class SupplierTerms(models.Model):
    """What was agreed with a supplier. Without a row: pay at once, nothing tolerated, delivered on the day of the order.

    ``discount``: what may be kept back, as a fraction in 10^-6, of what is paid within ``discount_days`` from the invoice's day.
    ``lead_time``: promised, in days; ``learned_days`` / ``learned_count``: what ``learned_count`` deliveries took together. Tolerances are
    fractions in 10^-6. ``closed_weekdays``: bit 0 is Monday. ``tax_code``: for lines that name none.
    """

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True, related_name="supplier_terms")
    payment_days = models.SmallIntegerField(default=0)
    discount_days = models.SmallIntegerField(default=0)
    discount = models.IntegerField(default=0)
    incoterm = models.CharField(max_length=3, blank=True, default="")
    lead_time = models.SmallIntegerField(default=0)
    learned_days = models.BigIntegerField(default=0)
    learned_count = models.IntegerField(default=0)
    over_tolerance = models.IntegerField(default=0)
    under_tolerance = models.IntegerField(default=0)
    price_tolerance = models.IntegerField(default=0)
    closed_weekdays = models.SmallIntegerField(default=0)
    tax_code = models.ForeignKey(TaxCode, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        db_table = "supplier_terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(payment_days__range=(0, 3650)), name="supplier_terms_payment_days_range"
            ),
            models.CheckConstraint(
                condition=Q(discount_days__range=(0, 3650), discount__range=(0, SCALE)),
                name="supplier_terms_discount_range",
            ),
            # a pattern: every receipt that teaches the lead time reads it, and a list would be read word by word
            models.CheckConstraint(
                condition=Q(incoterm__regex=rf"^({'|'.join(sorted(term.value for term in Incoterm))})?$"),
                name="supplier_terms_incoterm_known",
            ),
            models.CheckConstraint(
                condition=Q(lead_time__range=(0, LONGEST_LEAD_TIME)), name="supplier_terms_lead_time_range"
            ),
            models.CheckConstraint(
                condition=Q(learned_days__gte=0, learned_count__gte=0), name="supplier_terms_learned_range"
            ),
            models.CheckConstraint(
                condition=Q(
                    over_tolerance__range=(0, SCALE),
                    under_tolerance__range=(0, SCALE),
                    price_tolerance__range=(0, SCALE),
                ),
                name="supplier_terms_tolerance_range",
            ),
            models.CheckConstraint(
                condition=Q(closed_weekdays__gte=0, closed_weekdays__lt=ALL_WEEKDAYS),
                name="supplier_terms_some_day_open",
            ),
        ]


class SupplierHoliday(models.Model):
    """A day on which a supplier does not work."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")

    class Meta:
        db_table = "supplier_holiday"
        constraints = [models.UniqueConstraint(fields=["partner", "day"], name="supplier_holiday_unique")]


class SupplierItem(models.Model):
    """An item as a supplier sells it: in ``unit`` (null: the base unit), under its own ``code`` and ``barcode`` (empty: none).

    ``minimum_quantity`` and ``multiple`` are of that unit, 0: any. ``lead_time``: days, null: the supplier's. ``preferred``: where to buy the
    item first.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="supplier_items")
    code = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    barcode = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True)
    minimum_quantity = models.BigIntegerField(default=0)
    multiple = models.BigIntegerField(default=0)
    lead_time = models.SmallIntegerField(null=True)
    preferred = models.BooleanField(default=False)

    class Meta:
        db_table = "supplier_item"
        constraints = [
            models.UniqueConstraint(fields=["partner", "item"], name="supplier_item_unique"),
            models.UniqueConstraint(
                fields=["partner", "code"], name="supplier_item_code_unique", condition=~Q(code="")
            ),
            models.UniqueConstraint(
                fields=["partner", "barcode"], name="supplier_item_barcode_unique", condition=~Q(barcode="")
            ),
            models.UniqueConstraint(fields=["item"], name="supplier_item_one_preferred", condition=Q(preferred=True)),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gte=0, multiple__gte=0), name="supplier_item_quantities_range"
            ),
            models.CheckConstraint(
                condition=Q(lead_time__range=(0, LONGEST_LEAD_TIME)), name="supplier_item_lead_time_range"
            ),
        ]


class SupplierPrice(models.Model):
    """The price of a supplier item from a quantity on, between two days (both included; ``valid_to`` null: until further notice)."""

    supplier_item = models.ForeignKey(SupplierItem, on_delete=models.PROTECT, related_name="prices", db_index=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_quantity = models.BigIntegerField(default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    unit_price = models.BigIntegerField()

    class Meta:
        db_table = "supplier_price"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_item", "currency", "from_quantity", "valid_from"], name="supplier_price_unique"
            ),
            models.CheckConstraint(condition=Q(from_quantity__gte=0), name="supplier_price_quantity_range"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="supplier_price_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")) | Q(valid_to__isnull=True),
                name="supplier_price_days_in_order",
            ),
        ]
