"""Documents on paper: purchase order, goods receipt note, supplier return note as PDF, in the reader's language."""
