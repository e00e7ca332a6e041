"""Django application of the warehouse."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Goods in the house: lots, transfers, where to put what."""

    name = "everstock.operations.warehouse"
    label = "warehouse"
