"""The pure heart: quantities, money, facts, costing, posting table and laws. Standard library only."""
