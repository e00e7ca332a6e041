"""Movement files made from lines given by their columns."""

HEADER = "date,time,kind,item,location,to_location,lot,quantity,uom,unit_cost,amount,unit_price,currency,rate,reference,applies_to,entered_at,partner,note"
GOOD = {"date": "2026-01-05", "kind": "receipt", "item": "A", "location": "M", "quantity": "10", "unit_cost": "2"}


def text(*rows: dict[str, str] | str) -> str:
    """A file of lines given by their columns; the first line of data is line 2. References are made where none is given."""
    columns = HEADER.split(",")
    lines = []
    for number, row in enumerate(rows, 2):
        if isinstance(row, str):
            lines.append(row)
            continue
        full = {"reference": f"R{number}", **row}
        lines.append(",".join(full.get(column, "") for column in columns))
    return "\n".join([HEADER, *lines, ""])


def receipt(**changes: str) -> dict[str, str]:
    return {**GOOD, **changes}


def issue(**changes: str) -> dict[str, str]:
    return {"date": "2026-01-06", "kind": "issue", "item": "A", "location": "M", "quantity": "1", **changes}
