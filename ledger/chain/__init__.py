"""All that speaks EVM: compiled artifacts, connections, the embedded node, reading, decoding and signing."""

from __future__ import annotations

import importlib.util
import os

# Most of what is hashed is one or two words long. For those, eth-hash's own first choice spends ten times as long on
# calling the C code as that code takes, and gives up the interpreter's lock for each. Whoever has chosen otherwise in
# the environment is left alone.
if importlib.util.find_spec("_pysha3") is not None:
    os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
