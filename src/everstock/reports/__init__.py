"""Read only: ledger and master data in, typed rows out."""
