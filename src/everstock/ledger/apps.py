"""Django application of the ledger."""

import gc

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The only writer of movements, cost state and journal rows."""

    name = "everstock.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Let the cyclic collector run rarely.

        Posting makes many small records that refer to nothing in a circle; looking for circles among them took a third of
        an import's time.
        """
        gc.set_threshold(100_000, 50, 100)
