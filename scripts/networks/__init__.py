"""
The test network of this checkout, and how a production network is run.

`python -m scripts.networks build` builds go-ethereum into `.geth/`; `up`, `down`, `status` and `join` are those of
`intergov network`, with that program. `besu/README.md` is the operator's guide to a production network.
"""
