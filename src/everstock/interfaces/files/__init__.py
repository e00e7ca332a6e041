"""Files of movements and cost changes: text to lines of the ledger, all of a file or nothing."""
