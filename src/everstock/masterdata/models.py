"""The tables everything else refers to: who, what, where, in which unit, on which account.

Every rule that a database constraint can state is stated by one, here or (for rules across two columns of two tables:
"the same company", for units, categories and accounts) in the second migration. Codes are case-sensitive text of 1 to 64 characters without space at either end.

Quantities, unit prices, weights and volumes are integers of 10^-6; see ``everstock.core.quantities``.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from everstock.core.facts import Method
from everstock.core.lead_times import ALL_WEEKDAYS
from everstock.core.posting import STOCK_KINDS, LocationKind, Role

CODE_LENGTH = 64
NAME_LENGTH = 200
MOST_WORKING_DAYS = 365
"""Days."""


class Scope(StrEnum):
    """What shares one cost: all stock of an item, or all stock of an item in one warehouse."""

    ITEM = "item"
    ITEM_LOCATION = "item+location"


class Tracking(StrEnum):
    """Whether pieces of an item are told apart: not at all, by lot, or one by one."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


class ItemKind(StrEnum):
    """What an item is: something that lies in stock, or a kit, which is sold as one and leaves as its components."""

    STOCKED = "stocked"
    KIT = "kit"


class Purpose(StrEnum):
    """What a place that holds stock is used for."""

    WAREHOUSE = "warehouse"
    ZONE = "zone"
    AISLE = "aisle"
    BIN = "bin"
    DOCK = "dock"
    QUALITY = "quality"
    PACKING = "packing"
    DROP_SHIP = "drop_ship"


class AccountType(StrEnum):
    """The five kinds of account."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


def _code() -> "models.CharField[str, str]":
    return models.CharField(max_length=CODE_LENGTH)


def _name() -> "models.CharField[str, str]":
    return models.CharField(max_length=NAME_LENGTH, blank=True, default="")


def _code_rule(table: str, field: str = "code") -> models.CheckConstraint:
    """No empty code and no space at either end: two codes that look alike are alike."""
    return models.CheckConstraint(condition=Q(**{f"{field}__regex": r"^\S(.*\S)?$"}), name=f"{table}_{field}_trimmed")


def _one_of(table: str, field: str, values: type[StrEnum]) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": sorted(value.value for value in values)}), name=f"{table}_{field}_known"
    )


def _own_key(table: str) -> models.UniqueConstraint:
    """What references from tables of the same company point at, see the second migration.

    Only small tables have it. On a large one, a second unique index would be a trap: while the planner's statistics call the
    table empty (they were gathered during an import, or after a dry run of one), it may use the wrong index for every lookup.
    """
    return models.UniqueConstraint(fields=["company", "id"], name=f"{table}_company_id")


class Currency(models.Model):
    """A currency of ISO 4217. ``digits``: decimals of its minor unit (2 for most, 0 for JPY, 3 for KWD)."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=NAME_LENGTH)
    digits = models.SmallIntegerField()

    class Meta:
        db_table = "currency"
        constraints = [
            models.CheckConstraint(condition=Q(code__regex="^[A-Z]{3}$"), name="currency_code_iso"),
            models.CheckConstraint(condition=Q(digits__range=(0, 4)), name="currency_digits_range"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def minor_per_major(self) -> int:
        """How many minor units are one major unit: 100 for most currencies."""
        return int(10**self.digits)


class Company(models.Model):
    """A bookkeeping entity: its own items, places, partners, accounts and periods.

    ``method`` (core.facts.Method) and ``scope`` (Scope) say how stock is costed; ``negative_stock``: whether more may
    leave than is there, where a location does not say otherwise. ``language``: BCP 47 tag or empty. ``handling_days``: how
    many days of work it takes from what is there until it leaves for a customer; ``overdue_days``: how many days of
    work from now what is overdue is expected; ``closed_weekdays``: without work, bit 0 is Monday.
    """

    code = _code()
    name = models.CharField(max_length=NAME_LENGTH)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=16)
    scope = models.CharField(max_length=16)
    negative_stock = models.BooleanField(default=False)
    handling_days = models.SmallIntegerField(db_default=0)
    overdue_days = models.SmallIntegerField(db_default=1)
    closed_weekdays = models.SmallIntegerField(db_default=0)
    language = models.CharField(max_length=35, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "company"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="company_code_unique"),
            _code_rule("company"),
            _one_of("company", "method", Method),
            _one_of("company", "scope", Scope),
            models.CheckConstraint(
                condition=Q(handling_days__range=(0, MOST_WORKING_DAYS)), name="company_handling_days_range"
            ),
            models.CheckConstraint(
                condition=Q(overdue_days__range=(0, MOST_WORKING_DAYS)), name="company_overdue_days_range"
            ),
            models.CheckConstraint(
                condition=Q(closed_weekdays__gte=0, closed_weekdays__lt=ALL_WEEKDAYS), name="company_some_day_open"
            ),
        ]

    def __str__(self) -> str:
        return self.code


def _company() -> "models.ForeignKey[Company, Company]":
    """The owner. No index of its own: every such table has a unique key that begins with it."""
    return models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)


class CompanyHoliday(models.Model):
    """A day on which nothing leaves for customers."""

    company = _company()
    day = models.DateField()
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")

    class Meta:
        db_table = "company_holiday"
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="company_holiday_unique")]


class ExchangeRate(models.Model):
    """From ``day`` on, one unit of ``currency`` is worth ``rate`` * 10^-9 units of the company's currency."""

    company = _company()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    rate = models.BigIntegerField()

    class Meta:
        db_table = "exchange_rate"
        constraints = [
            models.UniqueConstraint(fields=["company", "currency", "day"], name="exchange_rate_unique"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]


class Unit(models.Model):
    """A unit of measure: each, box, kg."""

    company = _company()
    code = _code()
    name = _name()

    class Meta:
        db_table = "unit"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="unit_code_unique"),
            _own_key("unit"),
            _code_rule("unit"),
        ]

    def __str__(self) -> str:
        return self.code


class ItemCategory(models.Model):
    """A group of items, in a tree; posting rules may depend on it."""

    company = _company()
    code = _code()
    name = _name()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False)

    class Meta:
        db_table = "item_category"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="item_category_code_unique"),
            _own_key("item_category"),
            _code_rule("item_category"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="item_category_parent_other"),
        ]

    def __str__(self) -> str:
        return self.code


class Item(models.Model):
    """Something that is stocked, or a kit of such (``kind``: ItemKind). ``standard_cost``: 10^-6 of the major unit per base unit; ``weight``: mg and
    ``volume``: cm³ (10^-6 kg, 10^-6 m³) of one base unit.
    """

    company = _company()
    sku = _code()
    name = _name()
    category = models.ForeignKey(
        ItemCategory, on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False
    )
    base_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    tracking = models.CharField(max_length=8, default=Tracking.NONE.value)
    kind = models.CharField(max_length=8, db_default=ItemKind.STOCKED.value)
    standard_cost = models.BigIntegerField(null=True)
    weight = models.BigIntegerField(null=True)
    volume = models.BigIntegerField(null=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "item"
        constraints = [
            models.UniqueConstraint(fields=["company", "sku"], name="item_sku_unique"),
            _code_rule("item", "sku"),
            _one_of("item", "tracking", Tracking),
            _one_of("item", "kind", ItemKind),
            models.CheckConstraint(condition=Q(standard_cost__gte=0), name="item_standard_cost_range"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="item_weight_range"),
            models.CheckConstraint(condition=Q(volume__gte=0), name="item_volume_range"),
        ]

    def __str__(self) -> str:
        return self.sku


class ItemUnit(models.Model):
    """One ``unit`` of ``item`` is ``numerator / denominator`` of its base unit."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="units", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()

    class Meta:
        db_table = "item_unit"
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="item_unit_unique"),
            models.CheckConstraint(condition=Q(numerator__gt=0, denominator__gt=0), name="item_unit_positive"),
        ]


class Barcode(models.Model):
    """What a scanner reads: an item, in its base unit or (``unit``) in another one."""

    company = _company()
    code = _code()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="barcodes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False)

    class Meta:
        db_table = "barcode"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="barcode_code_unique"),
            _code_rule("barcode"),
        ]

    def __str__(self) -> str:
        return self.code


class Location(models.Model):
    """A place that holds stock, or where stock comes from and goes to.

    ``kind`` is a core.posting.LocationKind; ``purpose`` (Purpose) is given for internal places, allowed for transit and
    consignment, empty for all others. ``negative_stock``: overrides the company's setting, or null. The tree is
    read by ``queries.LocationTree``.
    """

    company = _company()
    code = _code()
    name = _name()
    kind = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16, blank=True, default="")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    negative_stock = models.BooleanField(null=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "location"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="location_code_unique"),
            _code_rule("location"),
            _one_of("location", "kind", LocationKind),
            models.CheckConstraint(
                condition=Q(kind=LocationKind.INTERNAL.value, purpose__in=sorted(p.value for p in Purpose))
                | Q(
                    kind__in=[LocationKind.CONSIGNMENT.value, LocationKind.TRANSIT.value],
                    purpose__in=["", *sorted(p.value for p in Purpose)],
                )
                | Q(kind__in=sorted(kind.value for kind in set(LocationKind) - STOCK_KINDS), purpose=""),
                name="location_purpose_fits",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="location_parent_other"),
        ]

    def __str__(self) -> str:
        return self.code


class Partner(models.Model):
    """A supplier, a customer, or both. ``currency``: in which we trade with them, null for the company's."""

    company = _company()
    code = _code()
    name = _name()
    is_supplier = models.BooleanField(default=False)
    is_customer = models.BooleanField(default=False)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        db_table = "partner"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="partner_code_unique"),
            _code_rule("partner"),
        ]

    def __str__(self) -> str:
        return self.code


class Account(models.Model):
    """An account of the company's general ledger."""

    company = _company()
    code = _code()
    name = models.CharField(max_length=NAME_LENGTH)
    type = models.CharField(max_length=16)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "account"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="account_code_unique"),
            _own_key("account"),
            _code_rule("account"),
            _one_of("account", "type", AccountType),
        ]

    def __str__(self) -> str:
        return self.code


class PostingRule(models.Model):
    """Which ``account`` plays ``role`` (core.posting.Role) for items of ``category`` at ``location``.

    Null category or location: for all. ``queries.PostingRules`` says which rule wins.
    """

    company = _company()
    role = models.CharField(max_length=32)
    category = models.ForeignKey(
        ItemCategory, on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", null=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "posting_rule"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "role", "category", "location"], name="posting_rule_unique", nulls_distinct=False
            ),
            _one_of("posting_rule", "role", Role),
        ]


class Lot(models.Model):
    """A batch of an item, or (tracking by serial number) one piece of it."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots", db_index=False)
    code = _code()
    expires_on = models.DateField(null=True)
    manufactured_on = models.DateField(null=True)

    class Meta:
        db_table = "lot"
        constraints = [
            models.UniqueConstraint(fields=["item", "code"], name="lot_code_unique"),
            _code_rule("lot"),
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("manufactured_on"))
                | Q(expires_on__isnull=True)
                | Q(manufactured_on__isnull=True),
                name="lot_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Period(models.Model):
    """The days ``starts_on`` to ``ends_on`` (both included) of a company's books; ``locked``: closed to postings.

    The second migration excludes overlaps. A day without a period is open.
    """

    company = _company()
    starts_on = models.DateField()
    ends_on = models.DateField()
    locked = models.BooleanField(default=False)

    class Meta:
        db_table = "period"
        constraints = [
            models.UniqueConstraint(fields=["company", "starts_on"], name="period_start_unique"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="period_days_in_order"),
        ]
