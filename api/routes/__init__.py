"""One module per kind of record: routes parse, delegate, render."""
