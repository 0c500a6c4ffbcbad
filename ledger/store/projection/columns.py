"""The columns that the projection's tables are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, String

metadata = MetaData()

# SQLite's row id is the primary key only where the type reads INTEGER; it is 64 bits wide all the same.
Id = BigInteger().with_variant(Integer(), "sqlite")


def id_column(name: str, **kwargs: Any) -> Column[int]:
    """A number that the chain gives, as primary key."""
    return Column(name, Id, primary_key=True, autoincrement=False, **kwargs)


def reference(name: str, to: str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    """The id of a row of another table."""
    key = ForeignKey(f"{to}.id")
    return Column(name, Id, key, nullable=nullable, primary_key=primary_key, autoincrement=False)


def government(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    """A body in the register."""
    return reference(name, "governments", nullable=nullable, primary_key=primary_key)


def moment(name: str, *, nullable: bool = False, comment: str | None = None) -> Column[int]:
    """UTC seconds."""
    return Column(name, BigInteger, nullable=nullable, comment=comment)


def digest(name: str, *, nullable: bool = False) -> Column[str]:
    """A hash or a digest, `0x` and 64 hexadecimal digits."""
    return Column(name, String(66), nullable=nullable)


def address(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """An account, with the capitals of EIP-55."""
    return Column(name, String(42), primary_key=primary_key, nullable=nullable)


def truth(name: str, *, nullable: bool = False, comment: str | None = None) -> Column[bool]:
    """True or false."""
    return Column(name, Boolean(create_constraint=False), nullable=nullable, comment=comment)
