"""Django application of purchasing."""

from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    """Suppliers, and what is ordered from them."""

    name = "everstock.operations.purchasing"
    label = "purchasing"
