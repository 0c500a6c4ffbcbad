"""
Networks of real nodes.

A test network is several go-ethereum processes on this machine that find each other over real connections and agree on
blocks by Clique, proof of authority: the same product as on the embedded chain runs on it with nothing changed but the
node's address. What killed processes, split halves and restarts do to a ledger can be tried on it.

`go_ethereum` builds the pinned program, `genesis` makes a network's first block, `files` says where everything is,
`processes` starts and ends a node, `network` puts them together, and `besu` writes the files of a production network.
"""
