"""What lets others check the ledger: published scores, their proofs, and recomputing both."""
