"""The stores: what must never be lost (operational), and what can be replayed from the chain (projection)."""
