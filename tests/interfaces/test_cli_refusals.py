"""How commands of buying refuse, and how they take words they do not understand."""

from __future__ import annotations

import shlex

import pytest

from tests.interfaces.shop import Shop, contents

REFUSED = [
    ("po create NOBODY --line BOLT=1", "There is no partner NOBODY.", "Check the code of the partner."),
    ("po create SMYTH --line BOLT=1", "There is no partner SMYTH.", "Did you mean SMITH?"),
    ("po create JONES --line BOLT=1", "JONES is not a supplier.", "Mark the partner as a supplier first."),
    ("po create SMITH --line BOLTS=1", "There is no item BOLTS.", "Did you mean BOLT?"),
    ("po create SMITH --line BOLT=1crate", "There is no unit crate.", "Check the code of the unit."),
    ("po create SMITH --line NUT=1box", "Line 1: item NUT has no conversion from that unit to its base unit.", "Add the conversion"),
    ("po create SMITH --line BOLT=1 --to NOWHERE", "There is no location NOWHERE.", "Check the code of the location."),
    ("po create SMITH --line BOLT=1 --tax MWST", "There is no tax MWST.", "Check the code of the tax."),
    ("po create EURO --line BOLT=1", "There is no exchange rate for EUR on", "Enter the rate of that day or before."),
    ("po create SMITH --line BOLT=0", "The quantity of line 1 is not above zero.", "Enter how much is wanted."),
    ("po create SMITH", "The order has no lines.", "Add at least one line."),
    ("quote create JONES", "The quote has no lines.", "Add at least one line."),
    ("so create JONES", "The order has no lines.", "Add at least one line."),
    ("po approve PO-2026-000099", "There is no purchase order PO-2026-000099.", "Look it up with `everstock document list"),
    ("po approve GR-2026-000001", "GR-2026-000001 is no number of a purchase order.", "Such numbers begin with PO- or BO-."),
    ("document show 17", "17 is no number of a document.", "Look it up with `everstock document list`."),
    ("po approve {order}", "PO-2026-000001 is partly received and cannot be approved.", "It can be changed, received, invoiced"),
    ("po change {order} --line 7=1", "PO-2026-000001 has no line 7.", "Name each line of the order once at most."),
    ("po change {order} --line 1=1 --if-version 3", "PO-2026-000001 was changed meanwhile: it is at version 1, not 3.", "Look"),
    ("po change {order}", "Nothing is changed on PO-2026-000001.", "Say what shall change."),
    ("po cancel {order} --reason ' '", "There is no reason.", "Say why, in a few words."),
    ("receive {order} --line PUMP=1", "There is no line PUMP on PO-2026-000001.", "Name an item of it, or the number"),
    ("receive {order} --line 3=1", "Line 3 of PO-2026-000001 is no item that could be received.", "Leave it out"),
    ("receive {order} --line BOLT=1 --line 1=1", "“1” is named twice.", "Name every line once, with all there is of it."),
    ("receive {order} --rejected BOLT=1 --rejected BOLT=2", "“BOLT” is named twice.", "Name every line once, with all there is of it."),
    ("receive {order} --line BOLT=1box --rejected BOLT=1", "“BOLT” is accepted and rejected in two units.", "Use one unit"),
    ("receive {order}", "Line 1: item MILK is tracked by lot.", "Enter the lot."),
    ("receive {order} --line BOLT=1 --lot MILK=L1", "A lot is given for MILK, of which nothing comes.", "Name an item that"),
    ("receive {order} --line MILK=5 --lot MILK=L1:2 --lot MILK=L2:2", "The lots of item MILK add up to 4, and 5 came.", "Correct"),
    ("receive {order} --line MILK=5 --lot MILK=L1 --lot MILK=L2:2", "Item MILK comes in several lots, and not every", "Give each"),
    ("receive {order} --line BOLT=1 --dispatched", "The goods of PO-2026-000001 are ours when they have arrived", "Receive them"),
    ("arrive {receipt}", "The goods of GR-2026-000001 are not in transit.", "Name a receipt"),
    ("return-supplier {receipt} --line NUT=1", "There is no line NUT on GR-2026-000001.", "Name an item of it"),
    ("return-supplier {receipt} --line BOLT=1 --lot BOLT=L", "There is no line BOLT of lot L on GR-2026-000001.", "Name an item"),
    ("return-supplier {receipt} --line BOLT=1 --lot NUT=L", "A lot is given for NUT, and no --line is called so.", "Name what goes back as --line does: --lot BOLT=L."),
    ("return-supplier {receipt} --line BOLT=11 --day 2026-03-09", "Of line 1 of GR-2026-000001, 10 can be returned", "Return less"),
    ("put-away {receipt} --to NOWHERE", "There is no location NOWHERE.", "Check the code of the location."),
    ("supplier item SMITH BOLT --unit crate", "There is no unit crate.", "Check the code of the unit."),
    ("supplier price SMITH BOLT 1", "SMITH is not known to sell item BOLT.", "Say first how the supplier sells it."),
    ("supplier terms SMITH --lead-time -1", "The lead time -1 is not from 0 to 3650.", "Correct it."),
    ("supplier terms SMITH --price-tolerance 150", "The price tolerance 150% is not from 0% to 100%.", "Correct it."),
    ("user create system", "There is already a user system.", "Choose another name, or give that one roles."),
    ("user create 'bad name!'", "The user name “bad name!” is not made of letters, digits", "Choose another name, such as"),
    ("user roles nobody buyer", "There is no user nobody.", "Check the name, or create the user first."),
    ("user limit seller grni.clear 5", "A seller may not clear what was received", "Set the limit for another role."),
    ("user limit buyer purchase_order.approve 5.001", "The limit 5.001 USD has more than 2 decimals.", "Enter it with the"),
    ("po list --as nobody", "There is no user nobody.", "Check the name, or ask an administrator."),
    ("po print {order} --output nowhere/x.pdf", "nowhere/x.pdf cannot be written: No such file or directory.", "Name another"),
    ("document print {transfer}", "has no paper.", "Look at it with `everstock document show`."),
]  # fmt: skip


@pytest.fixture
def busy(shop: Shop) -> dict[str, str]:
    """An order of which ten bolts came, and went to a bin."""
    order = shop.sent("BOLT=10@1", "MILK=10@2", more=("--charge", "Freight=5"))
    receipt = shop.number("receive", order, "--line", "BOLT=10", "--day", "2026-03-09")
    transfer = shop.number("put-away", receipt, "--day", "2026-03-09")
    return {"order": order, "receipt": receipt, "transfer": transfer}


def test_every_refusal_has_cause_and_remedy_and_changes_nothing(shop: Shop, busy: dict[str, str]) -> None:
    before = contents()
    wrong = []
    for command, cause, remedy in REFUSED:
        refused = shop(*shlex.split(command.format(**busy)), status=1)
        told = cause in refused.refusal[0] and refused.refusal[1].startswith(remedy)
        if not told or refused.err.count("\n") != 2 or refused.out:
            wrong.append((command, refused))
    assert not wrong
    assert contents() == before


WRONG = [
    "po create SMITH --line BOLT",
    "po create SMITH --line BOLT=x",
    "po create SMITH --line =5",
    "po create SMITH --line BOLT=1@1.2.3",
    "po create SMITH --line BOLT=1.0000001",
    "po create SMITH --line BOLT=1 --charge Freight",
    "po create SMITH --line BOLT=1 --charge Freight=x",
    "po create SMITH --line BOLT=1 --day 1.3.2026",
    "po create SMITH --line BOLT=1 --blanket-until 2026-12-31 --expected 2026-05-01",
    "po change PO-2026-000001 --line BOLT=1",
    "po call-off BO-2026-000001 --line BOLT=1",
    "po list --state nowhere",
    "receive",
    "receive PO-2026-000001 --supplier SMITH",
    "receive --supplier SMITH --dispatched --line BOLT=1",
    "receive PO-2026-000001 --line BOLT=1-5%",
    "receive PO-2026-000001 --lot MILK",
    "receive PO-2026-000001 --lot MILK=L1,expires=soon",
    "receive PO-2026-000001 --lot MILK=L1:1.2.3",
    "arrive GR-2026-000001 --line BOLT",
    "put-away",
    "return-supplier --line BOLT=1",
    "return-supplier GR-2026-000001",
    "return-supplier --supplier SMITH --line BOLT",
    "supplier terms SMITH --closed someday",
    "supplier terms SMITH --holiday 25.12.",
    "supplier terms SMITH --price-tolerance much",
    "supplier price SMITH BOLT cheap",
    "user create ann --role king",
    "user limit buyer purchase_order.approve",
    "user limit buyer purchase_order.approve 5 --unlimited",
    "user limit buyer purchase_order.approve five",
    "po print PO-2026-000001 --language fr",
]


def test_wrong_usage_is_told_apart(shop: Shop) -> None:
    for command in WRONG:
        told = shop(*shlex.split(command), status=2)
        assert "Error:" in told.err, command
        assert not told.out, command


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("po create SMITH --line BOLT=1,5", "decimals are written with a point"),
        ("po create SMITH --line BOLT=1,000.50box", "decimals are written with a point"),
        ("po create SMITH --line BOLT=5@1,20", "decimals are written with a point"),
        ("po create SMITH --line BOLT=-5", "no number here is below zero"),
        ("po create SMITH --line BOLT=5@-1", "no number here is below zero"),
        ("po create SMITH --charge Freight=1,50", "decimals are written with a point"),
        ("supplier price SMITH BOLT 1,20", "decimals are written with a point"),
        ("user limit buyer purchase_order.approve 1,000", "decimals are written with a point"),
        ("supplier terms SMITH --closed frunday", "“frunday” is no weekday"),
    ],
)
def test_what_is_wrong_with_a_word_is_said(shop: Shop, command: str, why: str) -> None:
    assert why in " ".join(shop(*shlex.split(command), status=2).err.split())
