"""What is agreed for goods that go back, whether to a supplier or from a customer."""

from enum import StrEnum

from everstock.operations.documents.records import Header

RESOLUTION = "resolution"
"""Key in a return's details: a ``Resolution``."""


class Resolution(StrEnum):
    """What is expected for goods that go back. A supplier's replacement is expected of the order they came from."""

    CREDIT = "credit"
    REPLACEMENT = "replacement"
    NOTHING = "nothing"


def resolution_of(header: Header) -> Resolution:
    """Return what was agreed for a return."""
    return Resolution((header.details or {})[RESOLUTION])
