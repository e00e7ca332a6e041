"""Goods in the house: where they come in, lie and move, and which lots they are of."""
