"""Django application of the ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The only writer of movements, cost state and journal rows."""

    name = "everstock.ledger"
    label = "ledger"
