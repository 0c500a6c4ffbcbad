"""
The projection: what the chain says, as rows.

`tables` says what there is, `handlers` join each event to the rows it makes, `projector` writes them together with the
cursor, `queries` reads. Nothing here is the truth: all of it can be dropped and replayed from the chain to the same
rows, so nothing may be stored here that the chain does not say.
"""
