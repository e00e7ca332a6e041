"""What may be a code."""

from everstock.masterdata.models import CODE_LENGTH


def code_problem(code: str) -> str | None:
    """Return why ``code`` cannot be a code (a short reason), or ``None`` if it can. Case matters; nothing is trimmed."""
    if not code:
        return "is empty"
    if len(code) > CODE_LENGTH:
        return f"is longer than {CODE_LENGTH} characters"
    if not code.isprintable():
        return "contains an unprintable character"
    if code != code.strip():
        return "begins or ends with a space"
    return None
