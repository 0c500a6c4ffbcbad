"""Key files are read by every Ethereum client, whatever chance put into them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from Crypto import Random

from ledger.chain.keys import KeyStore
from ledger.chain.signers import LocalSigner


@pytest.mark.parametrize("leading_zeros", [0, 1, 2, 15])
def test_an_initial_vector_with_leading_zeros_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leading_zeros: int
) -> None:
    monkeypatch.setattr(
        Random, "get_random_bytes", lambda size: bytes(leading_zeros) + b"\x07" * (size - leading_zeros)
    )
    made = LocalSigner.create()
    KeyStore(tmp_path, lambda: "a passphrase").store("office", made)
    told = json.loads((tmp_path / "office.json").read_text())
    # Clients take the vector as 16 bytes; go-ethereum ends where it has fewer.
    assert told["crypto"]["cipherparams"]["iv"] == "00" * leading_zeros + "07" * (16 - leading_zeros)
    assert KeyStore(tmp_path, lambda: "a passphrase").signer("office").address == made.address
