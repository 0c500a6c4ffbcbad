"""
The embedded chain: one EVM node inside a home folder.

A single office, or somebody trying the ledger out, has no validators to connect to. The embedded node gives them the
same contracts under the same rules: one process that owns the chain of one home, keeps it on disk and speaks JSON-RPC
on the loopback interface. Other programs meet it only there and through `ledger.chain.embedded.client`, so that moving
to a network of validators changes an address and nothing else.

    client.ensure_node(home)  ->  finds the home's node or starts it  ->  NodeInfo.url  ->  any Ethereum client

Reading order: `rules` (which chain this is), `transactions` (what a valid transaction is), `blocks` (how transactions
become a block), `chain` (the chain as an object), `producer` (who makes blocks, and when), `rpc` and `server` (the
outside), `client` (finding, starting and stopping a node).

The rules and the engine are py-evm's; the tests have py-evm's own chain replay the blocks, and it must arrive at the
same headers.

What it promises:

- A transaction hash is answered only after the block that holds the transaction is on disk; a block is one database
  transaction, so that a reader sees all of it or none.
- A process that is killed at any moment leaves the last whole block as the head. A transaction may then be on the chain
  although nobody was told so: callers look it up by hash before they repeat it.
- A block's time is never ahead of the wall clock and never before its parent's. A play may set the clock behind
  (`clock`).
- Gas costs nothing: the base fee is 0 and stays 0, and no account needs funds.

What it does not promise: a second copy. Nobody else checks its blocks; that is what a network of validators is for.
"""
