"""Pure rules and values: no I/O, clock, chain or database."""
