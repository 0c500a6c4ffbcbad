"""The keys of a home."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer
from eth_account import Account

from ledger.chain.keys import KeyPassphraseWrong, KeyStore
from ledger.chain.pkcs11 import TokenKey
from ledger.chain.signers import LocalSigner
from ledger.cli.giving import confirm
from ledger.cli.options import YesOption, command
from ledger.cli.session import Session, may_ask, passphrase_asker
from ledger.errors import InvalidInput
from ledger.home import Home

app = typer.Typer(help="Keys that sign for governments and administrators.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The key's name in the home.")]


def _store(session: Session) -> KeyStore:
    # Keys need no chain: they can be made and listed while the node rests.
    home = Home(session.settings.home)
    home.record()
    return KeyStore(home.keys, home.passphrase(session.settings.passphrase, passphrase_asker()))


def _tell(session: Session, name: str, address: str) -> None:
    session.out.document({"name": name, "address": address})
    session.out.line(f"{name} {address}")


@command(app, "new")
def new(session: Session, name: NameArgument) -> None:
    """Make a new random key."""
    _tell(session, name, _store(session).create(name).address)


@command(app, "list")
def list_keys(session: Session) -> None:
    """Every key's name and address."""
    keys = _store(session).list()
    session.out.document([{"name": name, "address": address} for name, address in keys])
    session.out.table("", ("name", "address"), keys)


@command(app, "show")
def show(session: Session, name: NameArgument) -> None:
    """A key's address."""
    _tell(session, name, _store(session).address(name))


@command(app, "import")
def import_key(
    session: Session,
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A key file (web3 secret storage), or 64 hex digits.")],
) -> None:
    """Take a key from a file: encrypted, or in hexadecimal digits. Keys are never taken from the command line."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise InvalidInput("FILE", str(file), f"a file that can be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InvalidInput("FILE", str(file), "a key file, or 64 hexadecimal digits") from None
    _tell(session, name, _store(session).store(name, LocalSigner(_private_key(file, text))).address)


@command(app, "token")
def token(
    session: Session,
    name: NameArgument,
    module: Annotated[str, typer.Option("--module", metavar="PATH", help="The token vendor's PKCS#11 library.")],
    label: Annotated[str, typer.Option("--token", metavar="LABEL", help="The token's label.")],
    key: Annotated[str, typer.Option("--key", metavar="LABEL", help="The key's label on the token.")],
    make: Annotated[bool, typer.Option("--make", help="Make a new key on the token first.")] = False,
) -> None:
    """
    Name a key that is on a PKCS#11 token (secp256k1); INTERGOV_PKCS11_PIN holds the token's PIN.

    From then on the home signs with it under this name, as with a key in a file. The private key stays on the token.
    Before `intergov init` it gives the new home this key in place of one in a file.
    """
    keys = Home(session.settings.home).keys
    signer = KeyStore(keys, _no_passphrase).refer(name, TokenKey(module, label, key), make=make)
    _tell(session, name, signer.address)


@command(app, "export")
def export(
    session: Session,
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the encrypted key file goes; must not exist.")],
    yes: YesOption = False,
) -> None:
    """Write a key as an encrypted key file, which the home's passphrase opens."""
    # Opened first: a copy that its passphrase does not open helps nobody.
    signer = _store(session).signer(name)
    if not isinstance(signer, LocalSigner):
        raise InvalidInput("NAME", name, "a key in a file; this one is on a token, and stays there")
    confirm(f"Write the key {name} to {file}?", yes=yes)
    encrypted = (Home(session.settings.home).keys / f"{name}.json").read_text(encoding="utf-8")
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(encrypted)
    except OSError as error:
        raise InvalidInput(
            "FILE", str(file), f"a new file in a folder that can be written ({error.strerror})"
        ) from None
    _tell(session, name, signer.address)


def _no_passphrase() -> str:
    raise AssertionError("a key on a token is opened by its PIN")


def _private_key(file: Path, text: str) -> bytes:
    rule = "a key file (web3 secret storage), or the 64 hexadecimal digits of a key between 1 and the curve's order"
    try:
        if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
            return bytes(Account.from_key(text).key)
        content = json.loads(text)
    except ValueError:
        # The value is left out: it may be a key with a slip in it.
        raise InvalidInput("FILE", str(file), rule) from None
    passphrase = os.environ.get("INTERGOV_IMPORT_PASSPHRASE")
    if passphrase is None:
        if not may_ask():
            raise InvalidInput("INTERGOV_IMPORT_PASSPHRASE", None, "the passphrase of the key file")
        passphrase = str(typer.prompt(f"Passphrase of {file}", hide_input=True, err=True))
    try:
        return bytes(Account.decrypt(content, passphrase))
    except ValueError:
        raise KeyPassphraseWrong(f"the passphrase does not open {file}") from None
    except (TypeError, KeyError, NotImplementedError):
        raise InvalidInput("FILE", str(file), rule) from None
