"""Documents: one table for all kinds, one for all lines, their states, numbers and links."""
