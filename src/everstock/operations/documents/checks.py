"""Checks that every verb makes of what it is given."""

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity
from everstock.masterdata.models import Account, AccountType

TEXT_LENGTH = 2000


def check_money_account(company_id: int, account: int) -> None:
    """Refuse an account (an id) that is not there or not active (``account.unknown``), and one of income or expense (``account.no_money``).

    What is paid would be lost in revenue or in an expense, and the accounts of money would not know it.
    """
    found = Account.objects.filter(company_id=company_id, pk=account, active=True).values_list("code", "type").first()
    if found is None:
        raise Refusal("account.unknown", "There is no such active account in this company.", "Name another account.")
    if found[1] in (AccountType.INCOME, AccountType.EXPENSE):
        raise Refusal(
            "account.no_money",
            f"Account {found[0]} is one of {found[1]}, and money is not paid through it.",
            "Name the account of a bank, of cash, or another one of the balance sheet.",
        )


def check_text(text: str, what: str, length: int = TEXT_LENGTH) -> str:
    """Return ``text`` if the books can keep it as a ``what``; refuse (``text.invalid``) what is too long or not text."""
    if len(text) > length:
        raise Refusal("text.invalid", f"The {what} is longer than {length} characters.", "Shorten it.")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refusal("text.invalid", f"The {what} contains a character that is no text.", "Type it again.")
    return text


def check_reason(reason: str) -> str:
    """Return ``reason``; refuse (``reason.missing``, ``text.invalid``) none, or one that cannot be kept."""
    if not reason.strip():
        raise Refusal("reason.missing", "There is no reason.", "Say why, in a few words.")
    return check_text(reason, "reason")


def check_quantity(quantity: int, what: str) -> None:
    """Refuse (``quantity.not_positive``, ``quantity.too_large``) what cannot be the quantity of a ``what``."""
    if quantity <= 0:
        raise Refusal(
            "quantity.not_positive", f"The quantity of {what} is not above zero.", "Enter how much is wanted."
        )
    if quantity >= LIMIT:
        raise Refusal("quantity.too_large", f"The quantity of {what} is too large.", "Check the number.")


def check_term(name: str, value: object, low: int, high: int) -> None:
    """Refuse (``terms.invalid``) what was agreed as ``name`` unless it is from ``low`` to ``high``; up to 10^6 it is a fraction, told in percent."""
    if isinstance(value, int) and low <= value <= high:
        return
    told: tuple[object, ...] = (value, low, high)
    if high == SCALE and isinstance(value, int):
        told = tuple(f"{format_quantity(part * 100)}%" for part in (value, low, high))
    said = "The {} {} is not from {} to {}.".format(name.replace("_", " "), *told)
    raise Refusal("terms.invalid", said, "Correct it.")
