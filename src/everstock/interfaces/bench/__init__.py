"""The benchmark harness behind ``everstock bench``: one module per figure, yardsticks measured in the same run.

``run`` is the one way in. Everything happens in databases of its own on the given server, dropped at the end; books of companies
are not touched. Rooms: ``figures`` (what is measured, against what), ``server`` (databases), ``yardsticks`` (pgbench and the floor),
``workload`` and ``clients`` (what is posted, by processes of their own), ``machine``, ``show``; the rest are figures.
"""
