import gzip
import zipfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from everstock.core.problems import BadFile, Problem, Refusal
from everstock.masterdata import actions, queries
from everstock.masterdata.imports import ImportSummary, import_items, import_locations, import_partners
from everstock.masterdata.models import Barcode, Company, Item, ItemCategory, ItemUnit, Location, Partner, Unit

Load = Callable[..., ImportSummary]


def _no_movements(ids: Collection[int]) -> set[int]:
    return set()


def _all_move(ids: Collection[int]) -> set[int]:
    return set(ids)


@pytest.fixture
def load(company: Company, tmp_path: Path) -> Load:
    """Import text as a file: ``load(import_items, "sku,name", "A,Bolt", ...)``."""

    def run(verb: Callable[..., ImportSummary], *lines: str, **options: Any) -> ImportSummary:
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if verb is not import_partners:
            options.setdefault("has_movements", _no_movements)
        return verb(company, path, **options)

    return run


def _problems(refused: pytest.ExceptionInfo[BadFile]) -> list[tuple[int, str, str, str]]:
    return [(p.line, p.column, p.value, p.reason) for p in refused.value.problems]


ITEMS = (
    "sku,name,category,base_unit,tracking,standard_cost,barcode,units,weight,volume",
    "A,Bolt M8,Bolts,each,none,0.125,4006381333931 96385074,box=12;pallet=480,0.012,0.000004",
    "B,Acid,,kg,lot,,,,1,",
    '"C","Nut, M8",Bolts,,,,,,,',
)


def test_items(company: Company, load: Load) -> None:
    summary = load(import_items, *ITEMS)
    assert summary == ImportSummary(3, 0, 0, ("Created units: box, kg, pallet.", "Created categories: Bolts."))
    bolt, acid, nut = Item.objects.filter(company=company).order_by("sku")
    assert (bolt.name, bolt.standard_cost, bolt.weight, bolt.volume) == ("Bolt M8", 125_000, 12_000, 4)
    assert (acid.base_unit.code, acid.tracking, acid.category, acid.standard_cost) == ("kg", "lot", None, None)
    assert (nut.name, nut.base_unit.code, nut.category) == ("Nut, M8", "each", bolt.category)
    units = ItemUnit.objects.filter(item=bolt).values_list("unit__code", "numerator", "denominator")
    assert set(units) == {("box", 12, 1), ("pallet", 480, 1)}
    assert set(bolt.barcodes.values_list("code", flat=True)) == {"4006381333931", "96385074"}
    assert load(import_items, *ITEMS) == ImportSummary(0, 0, 3)


def test_items_are_updated_in_the_columns_the_file_has(load: Load) -> None:
    load(import_items, *ITEMS)
    summary = load(
        import_items,
        "SKU;Standard Cost;Units;barcodes;colour",
        "A;;box=10 piece=1/3;1;red",
        "B;0.5;;;",
        "D;;;;",
        "C;;;;",
    )
    assert summary == ImportSummary(1, 2, 1, ("Column “colour” is unknown and was ignored.", "Created units: piece."))
    bolt = Item.objects.get(sku="A")
    assert (bolt.name, bolt.standard_cost, bolt.weight) == ("Bolt M8", None, 12_000)
    units = ItemUnit.objects.filter(item=bolt).values_list("unit__code", "numerator", "denominator")
    assert set(units) == {("box", 10, 1), ("pallet", 480, 1), ("piece", 1, 3)}
    assert bolt.barcodes.count() == 3
    assert Item.objects.get(sku="B").standard_cost == 500_000


@pytest.mark.parametrize(
    "cells, problem",
    [
        ({"sku": "", "name": "Bolt"}, ("sku", "", "is empty")),
        ({"sku": "x" * 65}, ("sku", "x" * 65, "is longer than 64 characters")),
        ({"sku": "OLD"}, ("sku", "OLD", "is already in line 2")),
        ({"name": "x" * 201}, ("name", "x" * 201, "is longer than 200 characters")),
        ({"tracking": "rfid"}, ("tracking", "rfid", "is not one of none, lot, serial")),
        ({"standard_cost": "-1"}, ("standard_cost", "-1", "must not have a sign")),
        ({"standard_cost": "1e3"}, ("standard_cost", "1e3", "is not a plain decimal number such as 1234.5")),
        ({"standard_cost": "0.1234567"}, ("standard_cost", "0.1234567", "has more than 6 decimals")),
        ({"weight": "heavy"}, ("weight", "heavy", "is not a plain decimal number such as 1234.5")),
        ({"base_unit": "x" * 65}, ("base_unit", "x" * 65, "is longer than 64 characters")),
        ({"units": "box"}, ("units", "box", "is not of the form box=12")),
        ({"units": "box=0"}, ("units", "box=0", "must be above zero")),
        ({"units": "box=1/0"}, ("units", "box=1/0", "must be above zero")),
        ({"units": "box=a"}, ("units", "box=a", "is not a plain decimal number such as 1234.5")),
        ({"units": "=2"}, ("units", "=2", "is empty")),
        ({"units": "box=2 box=3"}, ("units", "box=3", "appears twice")),
        ({"units": "each=2"}, ("units", "each", "is the base unit itself")),
        ({"barcodes": "1"}, ("barcodes", "1", "also stands for item OLD in line 2")),
        ({"barcodes": "2"}, ("barcodes", "2", "already stands for item TAKEN")),
        ({"barcodes": "3" * 65}, ("barcodes", "3" * 65, "is longer than 64 characters")),
    ],
)
def test_bad_item_lines(company: Company, load: Load, cells: dict[str, str], problem: tuple[str, str, str]) -> None:
    taken = Item.objects.get(pk=actions.ensure_items(company=company, skus=["TAKEN"])["TAKEN"])
    actions.add_barcode(item=taken, code="2")
    columns = ["sku", "name", "tracking", "standard_cost", "base_unit", "units", "barcodes", "weight"]
    line = ",".join({"sku": "NEW", **cells}.get(column, "") for column in columns)
    with pytest.raises(BadFile) as refused:
        load(import_items, ",".join(columns), "OLD,,,,,,1,", line)
    assert _problems(refused) == [(3, *problem)]
    assert Item.objects.count() == 1
    assert Unit.objects.count() == 1


def test_every_bad_line_is_listed_up_to_a_hundred(load: Load) -> None:
    with pytest.raises(BadFile) as refused:
        load(import_items, "sku,weight", "A,1", "B,x", "C,1,2", "D", "E,1")
    assert _problems(refused) == [
        (3, "weight", "x", "is not a plain decimal number such as 1234.5"),
        (4, "", "", "has 3 values, the header has 2"),
        (5, "", "", "has 1 value, the header has 2"),
    ]
    assert (
        str(refused.value)
        == "file.csv has 3 problems; nothing was imported. Correct the lines listed and import again."
    )
    assert str(refused.value.problems[0]) == "line 3, weight: “x” is not a plain decimal number such as 1234.5"
    assert str(refused.value.problems[1]) == "line 4: has 3 values, the header has 2"
    with pytest.raises(BadFile) as refused:
        load(import_items, "sku,weight", *(f"I{number},x" for number in range(250)))
    assert (len(refused.value.problems), refused.value.total) == (100, 250)
    assert not Item.objects.exists()


def test_strict_refuses_unknown_units_and_categories(load: Load) -> None:
    with pytest.raises(BadFile) as refused:
        load(import_items, "sku,base_unit,category,units", "A,each,,", "B,kg,C,box=3", strict=True)
    assert sorted(_problems(refused)) == [
        (3, "base_unit", "kg", "is not a known unit"),
        (3, "category", "C", "is not a known category"),
        (3, "units", "box", "is not a known unit"),
    ]
    assert (Unit.objects.count(), ItemCategory.objects.count()) == (1, 0)


def test_dry_run_tells_and_changes_nothing(load: Load) -> None:
    summary = load(import_items, *ITEMS, dry_run=True)
    assert (summary.created, summary.dry_run) == (3, True)
    assert (Item.objects.count(), Unit.objects.count(), Barcode.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize(
    "header, cells, reason",
    [
        ("base_unit", "kg", "cannot change: the item has movements"),
        ("tracking", "serial", "cannot change: the item has movements"),
        ("standard_cost", "2", "cannot change: the item has movements; post a revaluation instead"),
        ("name", "Other", None),
        ("base_unit", "each", None),
        ("standard_cost", "0.125000", None),
    ],
)
def test_items_with_movements_keep_what_costs_depend_on(
    load: Load, header: str, cells: str, reason: str | None
) -> None:
    load(import_items, "sku,tracking,standard_cost", "A,lot,0.125")
    if reason is None:
        load(import_items, f"sku,{header}", f"A,{cells}", has_movements=_all_move)
        return
    with pytest.raises(BadFile) as refused:
        load(import_items, f"sku,{header}", f"A,{cells}", has_movements=_all_move)
    assert _problems(refused) == [(2, header, cells, reason)]
    assert load(import_items, f"sku,{header}", f"A,{cells}").updated == 1


def test_new_base_unit_needs_units_and_barcodes_anew(company: Company, load: Load) -> None:
    load(import_items, "sku,units,barcode", "A,box=12;pallet=480,1")
    item = Item.objects.get(sku="A")
    actions.add_barcode(item=item, code="2", unit=Unit.objects.get(code="box"))
    with pytest.raises(BadFile) as refused:
        load(import_items, "sku,base_unit", "A,box")
    assert [(column, reason.split(" unless ")[1]) for _, column, _, reason in _problems(refused)] == [
        ("base_unit", "all conversions to it are given anew in the same line"),
        ("base_unit", "all barcodes are given anew in the same line"),
    ]
    summary = load(import_items, "sku,base_unit,units,barcode", "A,box,pallet=40;each=1/12,1")
    assert summary.updated == 1
    units = ItemUnit.objects.filter(item=item).values_list("unit__code", "numerator", "denominator")
    assert set(units) == {("pallet", 40, 1), ("each", 1, 12)}
    assert {(barcode.code, barcode.unit) for barcode in item.barcodes.all()} == {("1", None), ("2", None)}


LOCATIONS = (
    "code,name,kind,parent,purpose",
    "W1-A-01,,,W1-A,",
    "W1-A,Aisle A,,W1,aisle",
    "W1,Main,,,",
    "ACME-SUP,,supplier,SUPPLIERS,",
)


def test_locations(company: Company, load: Load) -> None:
    assert load(import_locations, *LOCATIONS) == ImportSummary(4, 0, 0)
    rows = Location.objects.filter(code__contains="W1").values_list("code", "kind", "purpose", "parent__code")
    assert set(rows) == {
        ("W1", "internal", "warehouse", None),
        ("W1-A", "internal", "aisle", "W1"),
        ("W1-A-01", "internal", "bin", "W1-A"),
    }
    ids = dict(Location.objects.values_list("code", "id"))
    assert queries.location_tree(company).warehouse(ids["W1-A-01"]) == ids["W1"]
    assert load(import_locations, *LOCATIONS) == ImportSummary(0, 0, 4)
    assert load(import_locations, "code,name", "W1,Main hall", "W1-A,").updated == 1
    assert load(import_locations, "code,parent", "W1-A,", "W1,").updated == 1
    assert Location.objects.get(code="W1-A").parent is None


def test_unknown_parents_are_created_or_with_strict_refused(load: Load) -> None:
    with pytest.raises(BadFile) as refused:
        load(import_locations, "code,parent", "B,W9", strict=True)
    assert _problems(refused) == [(2, "parent", "W9", "is not a known location")]
    assert load(import_locations, "code,parent", "B,W9") == ImportSummary(1, 0, 0, ("Created as warehouses: W9.",))


@pytest.mark.parametrize(
    "line, problem",
    [
        ("X,moon,,", ("kind", "moon", "is not one of internal, transit, consignment, supplier, customer, loss, scrap, production, opening")),
        ("X,loss,,bin", ("purpose", "bin", "is for places that hold stock, not for kind loss")),
        ("X,,,cellar", ("purpose", "cellar", "is not one of warehouse, zone, aisle, bin, dock, quality, packing, drop_ship")),
        ("X,,X,", ("parent", "X", "lies inside this location")),
        ("W1,,W1-A-01,", ("parent", "W1-A-01", "lies inside this location")),
        ("LOSS,internal,,", ("kind", "internal", "cannot change: LOSS is the company's own location of kind loss")),
    ],
)  # fmt: skip
def test_bad_location_lines(load: Load, line: str, problem: tuple[str, str, str]) -> None:
    load(import_locations, *LOCATIONS)
    with pytest.raises(BadFile) as refused:
        load(import_locations, "code,kind,parent,purpose", line)
    assert _problems(refused) == [(2, *problem)]


@pytest.mark.parametrize(
    "lines, problems",
    [
        (["W1-A,,W2,"], [("parent", "W2", "cannot change: location W1-A has movements"),
                         ("parent", "W2", "cannot change: location W1-A-01 has movements")]),
        (["W1-A-01,transit,W1-A,"], [("kind", "transit", "cannot change: location W1-A-01 has movements")]),
        (["W1-A-01,,W1,", "W1-A,,W1,zone"], []),
        (["W2,,,dock"], []),
    ],
)  # fmt: skip
def test_places_with_movements_stay_in_their_warehouse(
    load: Load, lines: Sequence[str], problems: Sequence[tuple[str, str, str]]
) -> None:
    load(import_locations, *LOCATIONS, "W2,,,,")
    if not problems:
        assert load(import_locations, "code,kind,parent,purpose", *lines, has_movements=_all_move).updated == len(lines)
        return
    with pytest.raises(BadFile) as refused:
        load(import_locations, "code,kind,parent,purpose", *lines, has_movements=_all_move)
    assert sorted(row[1:] for row in _problems(refused)) == problems


def test_partners(load: Load) -> None:
    lines = ("code,name,supplier,customer,currency", "P1,Bolts Inc,yes,,eur", "P2,,0,X,")
    assert load(import_partners, *lines) == ImportSummary(2, 0, 0)
    assert load(import_partners, *lines) == ImportSummary(0, 0, 2)
    assert load(import_partners, "code,customer,currency", "P1,true,", "P2,,").updated == 1
    rows = {(p.code, p.name, p.is_supplier, p.is_customer, p.currency) for p in Partner.objects.all()}
    assert rows == {("P1", "Bolts Inc", True, True, None), ("P2", "", False, True, None)}
    with pytest.raises(BadFile) as refused:
        load(import_partners, "code,supplier,currency", "P3,maybe,", "P4,,XYZ")
    assert _problems(refused) == [
        (2, "supplier", "maybe", "is neither yes nor no"),
        (3, "currency", "XYZ", "is not a known currency"),
    ]


@pytest.mark.parametrize(
    "header, problem",
    [
        ("name,weight", Problem(1, "sku", "", "the header has no such column")),
        ("sku,name,Name", Problem(1, "name", "name", "appears twice in the header")),
        ("item,sku", Problem(1, "sku", "sku", "appears twice in the header")),
    ],
)
def test_bad_header(load: Load, header: str, problem: Problem) -> None:
    with pytest.raises(BadFile) as refused:
        load(import_items, header, "A,1,2")
    assert refused.value.problems == (problem,)


def _workbook(path: Path, rows: Sequence[Sequence[str | float | bool | None]]) -> None:
    """Write the smallest workbook there is; the test does not need a library for writing them."""

    def cell(value: str | float | bool | None) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c><v>{value!r}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    body = "".join("<row>" + "".join(cell(value) for value in row) + "</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="Items" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_workbook(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "items.xlsx"
    header = ["sku", "name", "standard_cost", "barcode", "weight"]
    _workbook(path, [header, [1001.0, "Bolt", 0.1 + 0.2, 4006381333931.0, 1e-06], [], ["B2", None, 12.0, None, None]])
    assert import_items(company, path, has_movements=_no_movements).created == 2
    bolt = Item.objects.get(sku="1001")
    assert (bolt.standard_cost, bolt.weight) == (300_000, 1)
    assert Barcode.objects.get().code == "4006381333931"
    _workbook(path, [header, ["A", None, None, None, None], [], ["B", None, -1.5, None, None]])
    with pytest.raises(BadFile) as refused:
        import_items(company, path, has_movements=_no_movements)
    assert _problems(refused) == [(4, "standard_cost", "-1.5", "must not have a sign")]
    _workbook(path, [["code", "supplier"], ["P", True]])
    import_partners(company, path)
    assert Partner.objects.get().is_supplier


def test_csv_in_the_forms_it_comes_in(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "partners.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write('\ufeffcode;name\r\nP;"Müller; ""Söhne"""\r\n\r\n;;\r\nQ;'.encode())
    assert import_partners(company, path).created == 2
    assert Partner.objects.get(code="P").name == 'Müller; "Söhne"'


@pytest.mark.parametrize(
    "name, content, code, line",
    [
        ("none.csv", None, "file.missing", 0),
        ("a.csv", b"code,name\nP,ok\nQ,M\xfcller\n", "file.bad_lines", 3),
        ("a.csv.gz", b"not gzip", "file.unreadable", 0),
        ("a.csv.gz", gzip.compress(b"code\nP\n" * 1000, mtime=0)[:-20], "file.unreadable", 0),
        ("a.csv.gz", gzip.compress(b"code,name\nQ,M\xfcller\n", mtime=0), "file.bad_lines", 2),
        ("a.xlsx", b"not a workbook", "file.unreadable", 0),
        ("a.csv", b'code,name\nP,"never closed\n', "file.bad_lines", 2),
        ("a.csv", b'code,name\nP,"two\nlines"\nQ,"x"y\n', "file.bad_lines", 4),
        ("a.csv", b"code,name\nP,a\x00b\n", "file.bad_lines", 2),
        ("a.csv", b"", "file.bad_lines", 1),
    ],
)
def test_unreadable_files(
    company: Company, tmp_path: Path, name: str, content: bytes | None, code: str, line: int
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Refusal) as refused:
        import_partners(company, tmp_path / name)
    assert refused.value.code == code
    if isinstance(refused.value, BadFile):
        assert [problem.line for problem in refused.value.problems] == [line]
    assert not Partner.objects.exists()
