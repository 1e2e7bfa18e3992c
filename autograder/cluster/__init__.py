"""Grading on other machines: a Dask cluster whose workers run the engine (docs/cluster.md)."""
