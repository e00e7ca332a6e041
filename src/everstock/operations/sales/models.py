"""The tables of selling: what was agreed with customers, where they are, the price lists, the channels, and reminders.

Quantities and prices are in 10^-6, as everywhere. A customer group is a code without a table: it says nothing but that those who share it
belong together.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from everstock.core.quantities import SCALE
from everstock.masterdata.models import (
    CODE_LENGTH,
    NAME_LENGTH,
    Account,
    Company,
    Currency,
    Item,
    ItemCategory,
    Location,
    Partner,
    Unit,
)
from everstock.operations.documents.checks import TEXT_LENGTH
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.models import Document, DocumentLine, TaxCode
from everstock.operations.sales.delivery_models import (  # noqa: F401 - Django looks for the tables here
    Carrier,
    Delivery,
    Package,
    PackageLine,
    SsccSeries,
)

LONGEST_PAYMENT = 3650
"""Days."""
LAST_PRIORITY = 9
USUAL_PRIORITY = 5
"""Of a customer of whom nothing is said: there is room before it and after it."""
LAST_RANK = 999
USUAL_RANK = 100
LINES_LENGTH = 500
POSTCODE_LENGTH = 16
LANGUAGE_LENGTH = 35
TAX_NUMBER_LENGTH = 32
SERIES_LENGTH = 8


class AddressKind(StrEnum):
    """What an address is for."""

    BILLING = "billing"
    DELIVERY = "delivery"


class CustomerTerms(models.Model):
    """What was agreed with a customer. Without a row: paid at once, without a limit, neither first nor last.

    ``discount``: what may be kept back, as a fraction in 10^-6, of what is paid within ``discount_days`` from the invoice's day.
    ``credit_limit``: minor units of the company's currency, null: none. ``hold_reason``: why nothing is delivered now, empty: not on hold.
    ``priority``: who is served first when there is not enough for all, 0 before all others. ``tax_code``: for lines that name none.
    ``channel``: the code of the sales channel through which the customer usually orders, empty: nobody said. ``language``: of papers, a BCP 47
    tag, empty: the company's. ``tax_number``: under which the customer pays tax, as invoices must say it.
    """

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True, related_name="customer_terms")
    payment_days = models.SmallIntegerField(default=0)
    discount_days = models.SmallIntegerField(default=0)
    discount = models.IntegerField(default=0)
    incoterm = models.CharField(max_length=3, blank=True, default="")
    credit_limit = models.BigIntegerField(null=True)
    hold_reason = models.CharField(max_length=TEXT_LENGTH, blank=True, default="")
    customer_group = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    priority = models.SmallIntegerField(default=USUAL_PRIORITY)
    tax_code = models.ForeignKey(TaxCode, on_delete=models.PROTECT, related_name="+", null=True)
    channel = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    language = models.CharField(max_length=LANGUAGE_LENGTH, blank=True, default="")
    tax_number = models.CharField(max_length=TAX_NUMBER_LENGTH, blank=True, default="")

    class Meta:
        db_table = "customer_terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(payment_days__range=(0, LONGEST_PAYMENT)), name="customer_terms_payment_days_range"
            ),
            models.CheckConstraint(
                condition=Q(discount_days__range=(0, LONGEST_PAYMENT), discount__range=(0, SCALE)),
                name="customer_terms_discount_range",
            ),
            models.CheckConstraint(
                condition=Q(incoterm__in=["", *sorted(term.value for term in Incoterm)]),
                name="customer_terms_incoterm_known",
            ),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="customer_terms_credit_limit_range"),
            models.CheckConstraint(
                condition=Q(priority__range=(0, LAST_PRIORITY)), name="customer_terms_priority_range"
            ),
        ]

    @property
    def on_hold(self) -> bool:
        """Whether nothing is delivered to the customer now."""
        return bool(self.hold_reason)


class CustomerAddress(models.Model):
    """Where a customer is. ``name``: who is there, empty: the customer; ``lines``: street and the like, one below the other.

    ``country``: code of ISO 3166. ``default``: the one to take of its ``kind`` (AddressKind) where nobody names another; one that is not
    ``active`` is named by documents of the past alone.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8)
    code = models.CharField(max_length=CODE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    lines = models.CharField(max_length=LINES_LENGTH, blank=True, default="")
    postcode = models.CharField(max_length=POSTCODE_LENGTH, blank=True, default="")
    city = models.CharField(max_length=NAME_LENGTH)
    country = models.CharField(max_length=2)
    default = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "customer_address"
        constraints = [
            models.UniqueConstraint(fields=["partner", "kind", "code"], name="customer_address_unique"),
            models.UniqueConstraint(
                fields=["partner", "kind"], name="customer_address_one_default", condition=Q(default=True)
            ),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(kind.value for kind in AddressKind)), name="customer_address_kind_known"
            ),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="customer_address_country_iso"),
            models.CheckConstraint(condition=~Q(city=""), name="customer_address_city_given"),
            models.CheckConstraint(
                condition=Q(default=False) | Q(active=True), name="customer_address_default_is_active"
            ),
        ]


class PriceList(models.Model):
    """Prices in one currency that hold from ``valid_from`` to ``valid_to`` (both included; null: until further notice).

    For ``customer``, or for the customers of ``customer_group``, or (neither) for everybody. ``rank``: of two prices that are equally
    near, the one of the lower rank holds. ``base``: the list of whose prices the discounts of this one are taken off; it has none itself.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=CODE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    rank = models.SmallIntegerField(default=USUAL_RANK)
    customer = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    customer_group = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    base = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        db_table = "price_list"
        indexes = [models.Index(fields=["company", "customer", "customer_group"], name="price_list_for_whom")]
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="price_list_code_unique"),
            models.CheckConstraint(condition=Q(code__regex=r"^\S(.*\S)?$"), name="price_list_code_trimmed"),
            models.CheckConstraint(
                condition=Q(customer__isnull=True) | Q(customer_group=""), name="price_list_for_one_kind"
            ),
            models.CheckConstraint(condition=Q(rank__range=(0, LAST_RANK)), name="price_list_rank_range"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")) | Q(valid_to__isnull=True), name="price_list_days_in_order"
            ),
            models.CheckConstraint(condition=~Q(base=F("id")), name="price_list_base_other"),
        ]

    def __str__(self) -> str:
        return self.code


class PriceListEntry(models.Model):
    """The price of an item, or of all items of a category and below it, in a list, from a quantity on, between two days (both included).

    ``unit``: for lines in this unit, which ``from_quantity`` and ``unit_price`` are then of; null: of the base unit, for lines in any unit.
    Either ``unit_price`` or ``discount``: a fraction in 10^-6 off the price in the base list.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="entries", db_index=False)
    # no index of their own: the unique key is the only way in, so there is no wrong one to take
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    category = models.ForeignKey(ItemCategory, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    from_quantity = models.BigIntegerField(default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    unit_price = models.BigIntegerField(null=True)
    discount = models.IntegerField(null=True)

    class Meta:
        db_table = "price_list_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "item", "category", "unit", "from_quantity", "valid_from"],
                name="price_list_entry_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=True, category__isnull=False) | Q(item__isnull=False, category__isnull=True),
                name="price_list_entry_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__isnull=True, discount__isnull=False)
                | Q(unit_price__isnull=False, discount__isnull=True),
                name="price_list_entry_price_or_discount",
            ),
            models.CheckConstraint(condition=Q(from_quantity__gte=0), name="price_list_entry_quantity_range"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="price_list_entry_price_not_negative"),
            models.CheckConstraint(condition=Q(discount__range=(0, SCALE)), name="price_list_entry_discount_range"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")) | Q(valid_to__isnull=True),
                name="price_list_entry_days_in_order",
            ),
        ]


class KitComponent(models.Model):
    """One base unit of ``kit`` contains ``quantity`` (10^-6 base units, above 0) of ``component``, which may be a kit itself."""

    kit = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    component = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "kit_component"
        constraints = [
            models.UniqueConstraint(fields=["kit", "component"], name="kit_component_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kit_component_quantity_positive"),
            models.CheckConstraint(condition=~Q(kit=F("component")), name="kit_component_other"),
        ]


class ItemSubstitute(models.Model):
    """``substitute`` can be delivered for ``item`` between two days (both included; null: without end), the lowest ``rank`` first.

    One base unit for one. ``both_ways``: and the other way round.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    substitute = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    rank = models.SmallIntegerField(default=USUAL_RANK)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    both_ways = models.BooleanField(default=False)

    class Meta:
        db_table = "item_substitute"
        constraints = [
            models.UniqueConstraint(fields=["item", "substitute"], name="item_substitute_unique"),
            models.CheckConstraint(condition=~Q(item=F("substitute")), name="item_substitute_other"),
            models.CheckConstraint(condition=Q(rank__range=(0, LAST_RANK)), name="item_substitute_rank_range"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")) | Q(valid_to__isnull=True) | Q(valid_from__isnull=True),
                name="item_substitute_days_in_order",
            ),
        ]


class ChannelKind(StrEnum):
    """What a sales channel is."""

    SHOP = "shop"
    WHOLESALE = "wholesale"
    MARKETPLACE = "marketplace"
    POINT_OF_SALE = "point_of_sale"

    @property
    def words(self) -> str:
        """The kind as it is called in a sentence: "point of sale"."""
        return self.value.replace("_", " ")


class SalesChannel(models.Model):
    """A way by which customers order: what of the stock it may promise, at which prices, under which numbers.

    ``customer``: who buys where nobody is named, null: somebody must be. ``customer_group``: whose price lists hold for customers without a
    group. ``series``: letters by which its orders and invoices are numbered for themselves, empty: with all others of the company.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=CODE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    kind = models.CharField(max_length=16)
    customer = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    customer_group = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    series = models.CharField(max_length=SERIES_LENGTH, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "sales_channel"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="sales_channel_unique"),
            models.UniqueConstraint(
                fields=["company", "series"], condition=~Q(series=""), name="sales_channel_series_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(kind.value for kind in ChannelKind)), name="sales_channel_kind_known"
            ),
            models.CheckConstraint(condition=Q(series__regex="^([A-Z][A-Z0-9]*)?$"), name="sales_channel_series_form"),
        ]

    def __str__(self) -> str:
        return self.code


class ChannelWarehouse(models.Model):
    """A channel sells from a warehouse; of the one with the lowest ``rank`` if nobody names one."""

    pk = models.CompositePrimaryKey("channel_id", "warehouse_id")
    channel = models.ForeignKey(SalesChannel, on_delete=models.CASCADE, related_name="+", db_index=False)
    warehouse = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    rank = models.SmallIntegerField()

    class Meta:
        db_table = "channel_warehouse"


class ChannelBuffer(models.Model):
    """How much a channel must leave untouched of ``item`` (null: of every item that has no buffer of its own).

    ``quantity`` in base units, or ``part``, a fraction in 10^-6 of what could be sold, both over all its warehouses together.
    """

    channel = models.ForeignKey(SalesChannel, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    quantity = models.BigIntegerField(null=True)
    part = models.IntegerField(null=True)

    class Meta:
        db_table = "channel_buffer"
        constraints = [
            models.UniqueConstraint(fields=["channel", "item"], name="channel_buffer_unique", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, part__isnull=True) | Q(quantity__isnull=True, part__range=(0, SCALE)),
                name="channel_buffer_quantity_or_part",
            ),
        ]


class ChannelMeans(models.Model):
    """What money that is paid by these ``means`` (a code, such as cash or card) at a point of sale goes to.

    ``currency``: in which it is paid, if that is not the company's.
    """

    channel = models.ForeignKey(SalesChannel, on_delete=models.CASCADE, related_name="+", db_index=False)
    means = models.CharField(max_length=CODE_LENGTH)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False, null=True)

    class Meta:
        db_table = "channel_means"
        constraints = [models.UniqueConstraint(fields=["channel", "means"], name="channel_means_unique")]


class DunningLevel(models.Model):
    """How a customer is reminded for the ``level``-th time: from ``days`` overdue on. A company without a row has the usual levels."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.SmallIntegerField()
    days = models.SmallIntegerField()
    name = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        db_table = "dunning_level"
        constraints = [
            models.UniqueConstraint(fields=["company", "level"], name="dunning_level_unique"),
            models.CheckConstraint(condition=Q(level__gt=0, days__gt=0), name="dunning_level_positive"),
        ]


class Reminder(models.Model):
    """The customer was reminded of an invoice on ``day``, of which ``open`` was open then, in minor units of its currency. Append-only."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.SmallIntegerField()
    day = models.DateField()
    open = models.BigIntegerField()
    at = models.BigIntegerField()
    user = models.IntegerField(null=True, db_column="user_id")

    class Meta:
        db_table = "reminder"
        constraints = [models.UniqueConstraint(fields=["document", "level"], name="reminder_once")]


class Dispute(models.Model):
    """The customer says that an invoice is not right: nobody is reminded of it until the dispute is settled (``settled_at``)."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=TEXT_LENGTH)
    opened_at = models.BigIntegerField()
    outcome = models.CharField(max_length=TEXT_LENGTH, blank=True, default="")
    settled_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "dispute"
        constraints = [
            models.UniqueConstraint(fields=["document"], name="dispute_one_open", condition=Q(settled_at__isnull=True))
        ]


class SellingCostKind(StrEnum):
    """What was paid for a sale beside the goods."""

    FREIGHT = "freight"
    FEE = "fee"
    PACKAGING = "packaging"
    OTHER = "other"


class SellingCost(models.Model):
    """A cost of sales that were made, such as freight: it is no part of the cost of goods, and only said here, not booked.

    ``amount``: minor units of the company's currency. ``bill_line``: the line of a supplier's invoice that it is of, null: noted by hand.
    ``created_at`` and ``withdrawn_at``: moments in microseconds UTC, from when on and until when it was known. ``key``: of the request that
    made it, and ``content`` what that asked for, as in ``documents.models.RequestKey``.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=16)
    description = models.CharField(max_length=TEXT_LENGTH, blank=True, default="")
    amount = models.BigIntegerField()
    bill_line = models.ForeignKey(DocumentLine, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.BigIntegerField()
    withdrawn_at = models.BigIntegerField(null=True)
    key = models.TextField(null=True)
    content = models.BigIntegerField()

    class Meta:
        db_table = "selling_cost"
        constraints = [
            models.UniqueConstraint(fields=["company", "key"], name="selling_cost_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="selling_cost_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(kind.value for kind in SellingCostKind)), name="selling_cost_kind_known"
            ),
        ]


class SellingCostShare(models.Model):
    """The share of a cost in a line of a shipment."""

    cost = models.ForeignKey(SellingCost, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey(DocumentLine, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()

    class Meta:
        db_table = "selling_cost_share"
