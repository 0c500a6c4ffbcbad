"""
The quicker loop and the batch tries against py-evm as it comes.

Both run the same programs on the same state. Output, gas, refunds, logs, the kind of error and the state root must be
the same: anything else would be another chain.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.exceptions import VMError
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london import LondonVM
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.message import Message
from eth_typing import Address, BlockNumber, Hash32
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.chain.embedded.interpreter import read
from ledger.chain.embedded.rules import VM
from tests.embedded_probe import BYTECODE, calldata

HALTS = {"OutOfGas", "InsufficientStack", "FullStack", "InvalidJumpDestination", "InvalidInstruction"}

CALLER = Address(b"\x11" * 20)
CONTRACT = Address(b"\x22" * 20)
OTHER = Address(b"\x33" * 20)
HEADER = LondonBlockHeader(
    difficulty=0, block_number=BlockNumber(9), gas_limit=10**9, timestamp=1_700_000_000, base_fee_per_gas=0
)
# The other contract keeps what it is called with, returns it, and reverts where it begins with zero.
OTHER_CODE = bytes.fromhex("5f35").replace(b"\x5f", b"\x60\x00") + bytes.fromhex(
    "8060005260015560005115601757602060006000f35b60206000fd"
)


@cache
def genesis() -> tuple[Hash32, dict[bytes, bytes]]:
    """The state that every run begins with: its root and its nodes, made by py-evm."""
    nodes = MemoryDB()
    state = LondonVM.build_state(AtomicDB(nodes), HEADER.copy(state_root=BLANK_ROOT_HASH), ChainContext(77), [])
    state.set_code(OTHER, OTHER_CODE)
    state.set_balance(CONTRACT, 1000)
    for slot in range(3):
        state.set_storage(CONTRACT, slot, slot * 1000)
    state.persist()
    return state.state_root, nodes.kv_store


def outcome(vm: type[LondonVM], code: bytes, data: bytes, gas: int, *, static: bool = False) -> dict[str, Any]:
    """Everything about a run that anybody could notice."""
    root, nodes = genesis()
    state = vm.build_state(AtomicDB(MemoryDB(dict(nodes))), HEADER.copy(state_root=root), ChainContext(77), [])
    state.set_code(CONTRACT, code)
    state.lock_changes()
    message = Message(gas=gas, to=CONTRACT, sender=CALLER, value=0, data=data, code=code, is_static=static)
    context = state.get_transaction_context_class()(gas_price=0, origin=CALLER)
    try:
        computation = state.computation_class.apply_message(state, message, context)
    except VMError as error:
        return {"raised": type(error)}
    state.lock_changes()
    state.persist()
    # A stretch of operations that would fail in two ways may fail by the other one. All of these take all gas and leave
    # nothing, so only the name tells them apart.
    kind = "" if computation.is_success else type(computation.error).__name__
    kind = "Halted" if kind in HALTS else kind
    return {
        "error": kind,
        "output": bytes(computation.output),
        "gas": computation.get_gas_remaining(),
        "refund": computation.get_gas_refund(),
        "logs": computation.get_log_entries(),
        "deleted": sorted(computation.get_accounts_for_deletion()),
        "root": state.state_root,
    }


def assert_same(code: bytes, data: bytes = b"", gas: int = 200_000, *, static: bool = False) -> dict[str, Any]:
    quick = outcome(VM, code, data, gas, static=static)
    assert quick == outcome(LondonVM, code, data, gas, static=static)
    return quick


# Words where arithmetic, signs, shifts and memory offsets have their edges.
WORDS = st.one_of(
    st.integers(0, 70),
    st.sampled_from(
        [127, 128, 255, 256, 2**16, 2**64 - 1, 2**128, 2**255 - 1, 2**255, 2**255 + 1, 2**256 - 2, 2**256 - 1]
    ),
    st.integers(0, 2**256 - 1),
    st.sampled_from([int.from_bytes(a, "big") for a in (CALLER, CONTRACT, OTHER)]),
)


def push(word: int) -> bytes:
    size = max(1, (word.bit_length() + 7) // 8)
    return bytes([0x5F + size]) + word.to_bytes(size, "big")


PUSHES = WORDS.map(push)
BUSY = [0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16, 0x17, 0x19, 0x1B, 0x1C, 0x35, 0x50, 0x51, 0x52, 0x5B]
OPERATIONS = st.one_of(
    st.sampled_from(BUSY),
    st.integers(0x80, 0x9F),
    st.integers(0x01, 0x5B),
    st.sampled_from(
        [0x20, 0x54, 0x55, 0x5A, 0x58, 0x59, 0x36, 0x37, 0x39, 0x3D, 0x3E, 0xA0, 0xA1, 0xA4, 0xF1, 0xFA, 0xF4]
    ),
).map(lambda value: bytes([value]))
STEPS = st.lists(st.one_of(PUSHES, PUSHES, OPERATIONS), max_size=60).map(b"".join)
# Programs that begin with a full hand of words come further before the stack is empty.
HANDS = st.lists(PUSHES, min_size=6, max_size=17).map(b"".join)
RETURN_ALL = bytes.fromhex("60005260206000f3")


@settings(max_examples=150)
@given(HANDS, STEPS, st.binary(max_size=70), st.sampled_from([100, 3_000, 30_000, 1_000_000]), st.booleans())
def test_programs_of_plausible_steps(hand: bytes, steps: bytes, data: bytes, gas: int, static: bool) -> None:
    assert_same(hand + steps + RETURN_ALL, data, gas, static=static)


@settings(max_examples=100)
@given(st.binary(max_size=80), st.sampled_from([50, 50_000]))
@example(b"\x60", 50_000)
@example(b"\x7f\x01", 50_000)
@example(b"\x60\x03\x56\x5b\x60\x01", 50_000)
@example(b"\x60\x04\x56\x60\x5b\x00", 50_000)
@example(b"\x60\xff\x56", 50_000)
def test_programs_of_any_bytes(code: bytes, gas: int) -> None:
    assert_same(code, b"\x01\x02", gas)


@pytest.mark.parametrize("value", range(256))
def test_each_operation_with_a_full_and_with_an_empty_stack(value: int) -> None:
    hand = b"".join(push(word) for word in (3, 64, 2**255 + 5, 32, 0, 7, 40, 2, 1, 33, 64, 0, 9, 12, 5, 6, 1, 2, 32))
    assert_same(hand + bytes([value]) + RETURN_ALL)
    assert_same(bytes([value]) + RETURN_ALL)


@pytest.mark.parametrize("value", [0x50, 0x52, 0x57, 0x01, 0x19, 0x35, 0x51, 0x56, 0x8F, 0x9F, 0x90, 0x80])
@pytest.mark.parametrize("depth", range(3))
def test_a_stack_that_is_too_short(value: int, depth: int) -> None:
    assert_same(push(1) * depth + bytes([value]))


def test_a_stack_that_is_too_high() -> None:
    loop = bytes.fromhex("5b6000600056").replace(b"\x60\x00\x60\x00", b"\x60\x01\x60\x00")
    assert assert_same(loop, gas=100_000)["error"] == "Halted"
    assert assert_same(push(1) * 1024 + b"\x00")["error"] == ""
    assert assert_same(push(1) * 1025)["error"] == "Halted"
    assert assert_same(push(1) * 1024 + b"\x80")["error"] == "Halted"


def test_gas_that_ends_exactly_and_one_short() -> None:
    code = push(1) + push(2) + b"\x01" + RETURN_ALL
    needed = 200_000 - assert_same(code)["gas"]
    assert assert_same(code, gas=needed)["error"] == ""
    for gas in range(needed):
        assert assert_same(code, gas=gas)["error"] == "Halted"


def test_data_of_a_push_is_no_destination() -> None:
    # Jumps to 4: once it is a JUMPDEST in the data of a push, once a real one behind it.
    assert assert_same(bytes.fromhex("600456605b00"))["error"] == "Halted"
    assert assert_same(bytes.fromhex("6003565b00"))["error"] == ""
    assert read(bytes.fromhex("600456605b5b")).destinations == {5}


@pytest.mark.parametrize(
    "data",
    [
        calldata("store", 1, 999),
        calldata("store", 1, 1001),
        calldata("storeMany", 5, 30),
        calldata("clear", 0, 3),
        calldata("refuse"),
        calldata("fail"),
        calldata("spin"),
        calldata("dig", 6),
        calldata("make"),
        calldata("context"),
        calldata("stored", 2),
        b"\xff\xff\xff\xff",
        b"",
    ],
)
def test_what_the_compiler_makes(data: bytes) -> None:
    # Enough for the longest that ends, little for the one that never does.
    assert_same(runtime(), data, 1_200_000)
    assert_same(runtime(), data, 100_000, static=True)


SIGNED = st.one_of(st.integers(-300, 300), st.integers(-(2**255), 2**255 - 1))


@settings(max_examples=30)
@given(SIGNED, SIGNED)
def test_arithmetic_that_the_compiler_makes(left: int, right: int) -> None:
    assert assert_same(runtime(), calldata("arithmetic", left, right))["error"] == ""


@settings(max_examples=30)
@given(WORDS, WORDS)
def test_bits_that_the_compiler_makes(left: int, right: int) -> None:
    assert assert_same(runtime(), calldata("bits", left, right))["error"] == ""


def runtime() -> bytes:
    """The probe's code as it is on a chain."""
    if not _RUNTIME:
        state = VM.build_state(AtomicDB(MemoryDB()), HEADER.copy(state_root=BLANK_ROOT_HASH), ChainContext(77), [])
        message = Message(
            gas=10_000_000,
            to=Address(b""),
            sender=CALLER,
            value=0,
            data=b"",
            code=BYTECODE,
            create_address=CONTRACT,
        )
        context = state.get_transaction_context_class()(gas_price=0, origin=CALLER)
        computation = state.computation_class.apply_create_message(state, message, context)
        assert computation.is_success
        _RUNTIME.append(state.get_code(CONTRACT))
    return _RUNTIME[0]


_RUNTIME: list[bytes] = []
