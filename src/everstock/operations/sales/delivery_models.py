"""The tables of getting goods to customers: carriers, deliveries, packages. Part of the tables of selling; see ``models``."""

from django.db import models
from django.db.models import Q

from everstock.masterdata.models import CODE_LENGTH, NAME_LENGTH, Company, Item, Location, Partner
from everstock.operations.documents.models import Document, DocumentLine

ADDRESS_LENGTH = 500


class Carrier(models.Model):
    """Who brings goods to customers. ``tracking_url``: where a parcel can be followed, with ``{number}`` in the place of its number."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=CODE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    tracking_url = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "carrier"
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="carrier_code_unique"),
            models.CheckConstraint(condition=Q(code__regex=r"^\S(.*\S)?$"), name="carrier_code_trimmed"),
        ]

    def __str__(self) -> str:
        return self.code


class Delivery(models.Model):
    """How the goods of an order or a shipment (``document``) get to the customer, and of a shipment that they are there.

    ``planned_on``: when they shall leave. ``delivered_on``, ``signed_by``, ``note``: the proof of delivery.
    """

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+", null=True)
    service = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    tracking = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    planned_on = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    signed_by = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta:
        db_table = "delivery"
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=False) | Q(signed_by=""), name="delivery_signed_is_delivered"
            ),
        ]


class SsccSeries(models.Model):
    """What the SSCC of a company's packages begin with, and the last numbers given. The row is locked to the commit: no gaps.

    ``extension``: one digit of the company's choice. ``prefix``: its GS1 company prefix, empty: it has none. ``last``: of the serial numbers of
    SSCC, ``packages``: of the packages.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, primary_key=True, related_name="+")
    extension = models.CharField(max_length=1, default="0")
    prefix = models.CharField(max_length=10, blank=True, default="")
    last = models.BigIntegerField(default=0)
    packages = models.IntegerField(default=0)

    class Meta:
        db_table = "sscc_series"
        constraints = [
            models.CheckConstraint(condition=Q(extension__regex="^[0-9]$"), name="sscc_series_extension_digit"),
            models.CheckConstraint(condition=Q(prefix__regex="^([0-9]{7,10})?$"), name="sscc_series_prefix_digits"),
        ]


class Package(models.Model):
    """A package for a customer: packed from staging for a shipment that is to come, or of one that was made at once.

    ``number`` counts in the company from 1. ``sscc``: 18 digits, empty where the company has no GS1 prefix. ``shipment``: null until it leaves.
    ``unpacked_at``: since then nothing is in it, and its number is not used again. ``weight`` and ``tare`` in mg, ``weighed``: as the scales said, not the sum of the items and the tare. Measures in mm, null: not measured.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.IntegerField()
    sscc = models.CharField(max_length=18, blank=True, default="")
    customer = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    shipment = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False)
    from_staging = models.BooleanField()
    tare = models.BigIntegerField(default=0)
    weight = models.BigIntegerField(null=True)
    weighed = models.BooleanField(default=False)
    length = models.IntegerField(null=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    packed_at = models.BigIntegerField()
    packed_by = models.IntegerField(null=True)
    unpacked_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "package"
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="package_number_unique"),
            models.UniqueConstraint(fields=["company", "sscc"], name="package_sscc_unique", condition=~Q(sscc="")),
            models.CheckConstraint(condition=Q(tare__gte=0, weight__gte=0), name="package_weight_not_negative"),
            models.CheckConstraint(condition=Q(weighed=False) | Q(weight__isnull=False), name="package_weighed_known"),
        ]


class PackageLine(models.Model):
    """What of a line of an order (``source``) is in a package: of ``lot`` (0: none), taken from ``location``, in 10^-6 base units."""

    pk = models.CompositePrimaryKey("package_id", "source_id", "location_id", "lot")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="lines", db_index=False)
    source = models.ForeignKey(DocumentLine, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    lot = models.IntegerField(db_column="lot_id")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "package_line"
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="package_line_positive")]
