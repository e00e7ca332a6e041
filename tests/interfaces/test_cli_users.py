"""Users, their roles and limits at the command line."""

from __future__ import annotations

from pathlib import Path

from tests.interfaces.papers import words
from tests.interfaces.shop import Shop, table

# --- who may


def test_users_act_within_their_roles_and_limits(shop: Shop) -> None:
    made = shop("user", "create", "ann", "--name", "Ann Baker", "--email", "ann@shop.example", "--role", "buyer")
    assert made.lines == ["Created user ann with the role buyer in ACME."]
    order = shop.number("po", "create", "SMITH", "--line", "BOLT=100@1", "--as", "ann")
    assert "has no limit" in shop("po", "approve", order, "--as", "ann", status=1).err
    shop("user", "limit", "buyer", "purchase_order.approve", "99.99")
    refused = shop("po", "approve", order, "--as", "ann", status=1)
    assert refused.refusal == (
        "ann may approve purchase orders up to 99.99 USD; this is 100.00 USD.",
        "Ask somebody with a higher limit, or an administrator to raise it.",
    )
    shop("user", "limit", "buyer", "purchase_order.approve", "--unlimited")
    shop("po", "approve", order, "--as", "ann")
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert (row["user"], row["active"], row["roles"], row["limits"]) == (
        "ann",
        "yes",
        "buyer",
        "purchase_order.approve any",
    )
    assert shop("user", "roles", "ann", "seller", "accountant").lines == ["ann is now seller, accountant in ACME."]
    assert shop("po", "send", order, "--as", "ann", status=1).refusal[0] == "ann may not send purchase orders."
    shop("user", "deactivate", "ann")
    assert "is inactive" in shop("po", "list", "--as", "ann", status=1).err
    shop("user", "activate", "ann")
    assert shop("user", "roles", "ann").lines == ["ann has no role any more in ACME."]
    trail = table(shop("user", "audit", "--document", order, "--format", "csv").out)
    assert [(row["user"], row["action"], row["came_from"]) for row in trail] == [
        ("ann", "purchase_order.approve", "command line"),
        ("ann", "purchase_order.create", "command line"),
    ]
    assert not table(shop("user", "audit", "--document", order, "--to", "2020-01-01", "--format", "csv").out)
    assert (
        len(
            table(
                shop("user", "audit", "--from", "2020-01-01", "--user", "system", "--limit", 2, "--format", "csv").out
            )
        )
        == 2
    )


def test_who_may_not_see_costs_sees_no_money(shop: Shop, home: Path) -> None:
    shop("user", "create", "wim", "--name", "Wim Dock", "--role", "warehouse_worker")
    order = shop.sent("BOLT=10@123.45", "NUT=1@1", more=("--tax", "VAT"))
    receipt = shop.number("receive", order, "--as", "wim", "--day", "2026-03-09")
    for number in (order, receipt):
        for form in ("table", "csv", "json"):
            text = shop("document", "show", number, "--as", "wim", "--format", form).out
            assert "BOLT" in text
            for money in ("123", "USD" if form == "csv" else "1.00", "net", "gross", "unit_price"):
                assert money not in text, (number, form)
            assert "123.45" in shop("document", "show", number, "--format", form).out
    assert "gross" not in shop("document", "list", "--as", "wim").out
    refused = shop("po", "print", order, "--as", "wim", status=1)
    assert refused.refusal[0] == "wim may not see costs and values."
    assert not list(home.iterdir())
    shop("document", "print", receipt, "--as", "wim")
    note = words((home / f"{receipt}.pdf").read_bytes())
    assert "Received by Wim Dock" in note
    assert "123" not in note.replace(receipt, "")
    shop("document", "print", receipt, "--output", "with.pdf", "--language", "de")
    assert "123,45" in words((home / "with.pdf").read_bytes())


# --- users


def test_limits_are_listed_and_removed_and_users_change_their_names(shop: Shop) -> None:
    shop("user", "create", "ann", "--role", "buyer", "--role", "manager")
    shop("user", "limit", "buyer", "purchase_order.approve", "99.90")
    shop("user", "limit", "manager", "grni.clear", "--unlimited")
    assert shop("user", "limits", "--format", "csv").lines == [
        "role,permission,amount",
        "buyer,purchase_order.approve,99.90",
        "manager,grni.clear,any",
    ]
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert row["limits"] == "purchase_order.approve 99.90; grni.clear any"
    assert shop("user", "limit", "buyer", "purchase_order.approve", "--remove").lines == [
        "buyer may not use purchase_order.approve any more, up to no amount."
    ]
    assert len(shop("user", "limits", "--format", "csv").lines) == 2
    assert "No limit is set" in shop("user", "limit", "buyer", "purchase_order.approve", "--remove", status=1).err
    assert "Give an AMOUNT, --unlimited or --remove." in shop("user", "limit", "buyer", "grni.clear", status=2).err
    assert "ann may not manage users." in shop("user", "limits", "--as", "ann", status=1).err
    assert shop("user", "change", "ann", "--rename", "ann.m", "--name", "Ann Miller").lines == [
        "Changed user ann, who is now ann.m."
    ]
    assert shop("user", "change", "ann.m", "--email", "ann@example.com").lines == ["Changed user ann.m."]
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert [row[name] for name in ("user", "full_name", "email")] == ["ann.m", "Ann Miller", "ann@example.com"]
    assert "Say what changes" in shop("user", "change", "ann.m", status=2).err
