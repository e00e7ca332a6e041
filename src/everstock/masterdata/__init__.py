"""Companies, items, units, barcodes, locations, partners, accounts, periods and currencies."""
