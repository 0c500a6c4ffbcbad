"""
The files of a production network: Hyperledger Besu with QBFT.

QBFT makes a block final once more than two thirds of the validators have signed it, so nothing is ever taken back. From
a list of members `plan.write_plan` writes the first block and, for each member, what its node is run with. No private
key is read, made or written: each member makes its own, and the list holds public keys only.

Besu itself was not run on these files. Option names are those of Besu's own test that names every option, and the extra
data is compared with examples of Besu's documentation.
"""
