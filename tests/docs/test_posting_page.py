"""The posting page says what the code does, cell by cell."""

from pathlib import Path

from everstock.core.posting import POSTING_TABLE, LocationKind
from everstock.masterdata.defaults import ACCOUNT_OF, CHART

PAGE = Path(__file__).resolve().parents[2] / "docs" / "spec" / "posting.md"


def table(heading: str) -> list[list[str]]:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("| ---")]


def test_every_pair_of_locations_has_the_role_the_page_shows() -> None:
    header, *rows = table("The table")
    shown = {
        (LocationKind(row[0]), LocationKind(target)): role
        for row in rows
        for target, role in zip(header[1:], row[1:], strict=True)
    }
    assert shown == {
        (source, target): POSTING_TABLE[source, target].value if (source, target) in POSTING_TABLE else "–"
        for source in LocationKind
        for target in LocationKind
    }


def test_every_role_has_the_first_account_the_page_shows() -> None:
    names = {code: name for code, name, _ in CHART}
    assert dict(table("Roles and accounts")[1:]) == {
        role.value: f"{code} {names[code]}" for role, code in ACCOUNT_OF.items()
    }
