"""Django application of sales."""

from django.apps import AppConfig


class SalesConfig(AppConfig):
    """Customers, and at which prices they are sold what."""

    name = "everstock.operations.sales"
    label = "sales"
