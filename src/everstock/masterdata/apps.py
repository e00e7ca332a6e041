"""Django's entry to master data."""

from django.apps import AppConfig


class MasterDataConfig(AppConfig):
    name = "everstock.masterdata"
    label = "masterdata"
    verbose_name = "Master data"
    default_auto_field = "django.db.models.AutoField"
