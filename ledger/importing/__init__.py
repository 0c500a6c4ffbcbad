"""History that comes in files: reading it strictly, and recording it on the ledger once."""
