"""The part of the tour that buys: an order, goods, a dearer invoice after some of them were sold, what is owed, and the payment."""

from pathlib import Path

from everstock.project.tour_guide import Guide, without_next

_COMPANY = ("--company", "SHOP")
_FILES = {
    "items.csv": "sku,name,base_unit,units\nLAMP,Desk lamp,each,box=10\nBULB,Bulb E27,each,\n",
    "partners.csv": "code,name,supplier,customer,currency\nLUX,Lux Lighting Ltd,yes,no,EUR\nCAFE,Cafe Central,no,yes,\n",
    "places.csv": "code,name,kind,purpose\nDOCK,Dock,internal,dock\n",
    "sold.csv": (
        "date,kind,item,location,quantity,unit_price,reference,partner\n2026-03-12,issue,LAMP,DOCK,30,29.00,SO-1,CAFE\n"
    ),
}


def buying(guide: Guide, files: Path) -> None:
    """Tell it, in a company of its own."""
    for name, text in _FILES.items():
        (files / name).write_text(text, encoding="utf-8")
    guide.chapter(
        "And where do goods come from?",
        "A second company buys: fifty lamps and a hundred bulbs are ordered, approved, sent and received, and are in the books as they come, "
        "owed to the supplier but not invoiced. The order is printed for the supplier.",
    )
    _quietly(guide, files)
    guide.run(
        "po", "create", "LUX", "--line", "LAMP=5box@120.00", "--line", "BULB=100@1.50", "--day", "2026-03-02", *_COMPANY
    )
    guide.run("po", "approve", "PO-2026-000001", *_COMPANY, show=without_next)
    guide.run("po", "send", "PO-2026-000001", "--day", "2026-03-02", *_COMPANY, show=without_next)
    guide.run("po", "print", "PO-2026-000001", "--output", files / "order.pdf", *_COMPANY, show=without_next)
    guide.run("receive", "PO-2026-000001", "--day", "2026-03-10", *_COMPANY, show=without_next)
    guide.run("grni", "list", "--as-of", "2026-03-10", *_COMPANY, show=without_next)
    guide.chapter(
        "The invoice is dearer, and some is sold",
        "Thirty lamps are sold. Then the invoice bills 126.00 a box, not 120.00: it is held until somebody approves it, and what it changes belongs "
        "to the lamps that are left and to those that were sold, each on its day.",
    )
    guide.run("import", "movements", files / "sold.csv", *_COMPANY, show=without_next)
    invoice = ("LUX", "R-4711", "--receipt", "GR-2026-000001", "--line", "LAMP@126.00", "--rest", "--day", "2026-03-16")
    guide.run("invoice", "post", *invoice, *_COMPANY, show=without_next)
    guide.run("invoice", "approve", "SI-2026-000001", *_COMPANY, show=without_next)
    guide.run("invoice", "differences", "SI-2026-000001", *_COMPANY, show=without_next)
    guide.run("invoice", "open", "--as-of", "2026-03-31", *_COMPANY, show=without_next)
    guide.run("invoice", "pay", "SI-2026-000001", "--day", "2026-04-15", *_COMPANY, show=without_next)
    guide.run("report", "trial-balance", "--as-of", "2026-04-30", *_COMPANY, show=without_next)
    guide.run("verify", *_COMPANY, show=without_next)
    size = (files / "order.pdf").stat().st_size
    guide.console.print(f"\nThe order as the supplier gets it is {files / 'order.pdf'} ({size:,} bytes).", markup=False)


def _quietly(guide: Guide, files: Path) -> None:
    """What every company needs first, told in a line."""
    guide.run("init", *_COMPANY, "--name", "Corner Lights", "--currency", "EUR", "--costing", "fifo", show=without_next)
    for what in ("items", "places", "partners"):
        guide.run(
            "import", "locations" if what == "places" else what, files / f"{what}.csv", *_COMPANY, show=without_next
        )
