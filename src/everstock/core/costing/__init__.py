"""Costing methods as pure state machines over integer quantities and money."""
