"""The tests. A package, so that no `tests` folder of an installed library can stand in front of it."""
