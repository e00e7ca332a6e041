"""Refusals: what a user is told when something cannot be done.

Every refusal is one sentence of cause and one of remedy, with a stable code that tests and other systems can rely on.
"""


class Refusal(Exception):
    """Something the user asked for cannot be done; nothing was changed."""

    def __init__(self, code: str, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.code = code
        self.cause = cause
        self.remedy = remedy
