"""
A quicker loop for the engine's operations.

py-evm runs every operation as a call of an object that calls a function that calls methods of the stack, the code and
the gas meter. Contracts spend nine tenths of their operations on moving words: pushing, duplicating, swapping, jumping,
adding, comparing, reading and writing memory. This loop does those in place and hands every other operation to py-evm,
with the gas meter, program counter and stack as py-evm expects them. Gas prices come from py-evm's own table.

What can be known of a contract beforehand is found once and remembered: which operation stands at each position with
its constant, which positions may be jumped to, and for each straight stretch of operations, what gas it takes and how
high it makes the stack. A stretch ends with a jump, before a JUMPDEST, and before every operation that py-evm runs. Gas
and height are checked where a stretch begins. That is the same as checking them at each operation: within a stretch
nothing can be seen from outside, and whichever operation of it fails, all gas is gone and nothing has happened. Only
the name of the error can be another one, where a stretch would fail in two ways.

It must otherwise do exactly what py-evm's loop does; the tests run both on the same programs and compare.

Inside the loop the stack holds integers only. py-evm's operations may push bytes; they are turned into integers when an
operation returns. py-evm's operations accept integers wherever they accept bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.exceptions import FullStack, Halt, InsufficientStack, InvalidJumpDestination, OutOfGas
from eth.vm.computation import NO_RESULT
from eth.vm.forks.london.computation import LondonComputation
from eth.vm.logic.invalid import InvalidOpcode
from eth.vm.memory import Memory
from eth.vm.stack import Stack

_WORD = 2**256 - 1
_SIGN = 1 << 255
_STACK_MAX = 1024

# What the loop does at a position. Sorted by how often contracts do it: the loop asks in this order.
_PUSH, _DUP, _SWAP, _POP, _JUMPDEST, _PUSH_JUMPI, _PUSH_JUMP, _JUMP, _JUMPI = range(9)
_ADD, _MSTORE, _MLOAD, _AND, _ISZERO = range(9, 14)
_SUB, _LT, _GT, _EQ, _SHL, _SHR, _CALLDATALOAD, _OR, _SLT, _MUL, _NOT, _ELSE = range(14, 26)

_KINDS = {
    0x01: _ADD,
    0x02: _MUL,
    0x03: _SUB,
    0x10: _LT,
    0x11: _GT,
    0x12: _SLT,
    0x14: _EQ,
    0x15: _ISZERO,
    0x16: _AND,
    0x17: _OR,
    0x19: _NOT,
    0x1B: _SHL,
    0x1C: _SHR,
    0x35: _CALLDATALOAD,
    0x50: _POP,
    0x51: _MLOAD,
    0x52: _MSTORE,
    0x56: _JUMP,
    0x57: _JUMPI,
    0x5B: _JUMPDEST,
    **dict.fromkeys(range(0x60, 0x80), _PUSH),
    **dict.fromkeys(range(0x80, 0x90), _DUP),
    **dict.fromkeys(range(0x90, 0xA0), _SWAP),
}


# By how much an operation changes the height of the stack.
_GROWTH = {
    _PUSH: 1,
    _DUP: 1,
    **dict.fromkeys((_POP, _JUMP, _ADD, _AND, _SUB, _LT, _GT, _EQ, _SHL, _SHR, _OR, _SLT, _MUL), -1),
    **dict.fromkeys((_JUMPI, _MSTORE), -2),
    _PUSH_JUMPI: -1,
}
_ENDS = frozenset({_JUMP, _JUMPI, _PUSH_JUMP, _PUSH_JUMPI, _ELSE})


@dataclass(frozen=True, slots=True)
class Program:
    """A contract's code, read once. Each list has an entry for each position, and one for the STOP behind the end."""

    kinds: list[int]
    """What the loop does there."""
    constants: list[int]
    """The constant of a push; the depth, counted from the end, of a dup or a swap; the destination of a jump."""
    nexts: list[int]
    """The position after it."""
    operations: list[Callable[..., Any]]
    """py-evm's operation."""
    destinations: frozenset[int]
    """Positions that may be jumped to."""
    costs: list[int]
    """The gas of the stretch that begins there."""
    peaks: list[int]
    """How much higher the stretch that begins there makes the stack at its highest."""


@lru_cache(maxsize=64)
def read(code: bytes) -> Program:
    """Read a contract's code."""
    table = LondonComputation.opcodes
    length = len(code)
    kinds, constants, nexts, operations = [], [], [], []
    destinations = set()
    data_until = 0
    for position in range(length + 1):
        # Code that ends without STOP stops all the same.
        value = code[position] if position < length else 0x00
        kind = _KINDS.get(value, _ELSE)
        constant, following = 0, position + 1
        if kind == _PUSH:
            size = value - 0x5F
            # A push that runs over the end of the code reads zeros there.
            constant = int.from_bytes(code[position + 1 : position + 1 + size].ljust(size, b"\x00"), "big")
            following = min(position + 1 + size, length)
        elif kind == _DUP:
            constant = -(value - 0x7F)
        elif kind == _SWAP:
            constant = -(value - 0x8F) - 1
        if position >= data_until:
            # Bytes that belong to a push are no operations, whatever they look like.
            data_until = following
            if kind == _JUMPDEST:
                destinations.add(position)
        kinds.append(kind)
        constants.append(constant)
        nexts.append(following)
        operations.append(table.get(value) or InvalidOpcode(value))
    costs, peaks = _stretches(kinds, constants, nexts, operations, destinations)
    return Program(kinds, constants, nexts, operations, frozenset(destinations), costs, peaks)


def _stretches(
    kinds: list[int],
    constants: list[int],
    nexts: list[int],
    operations: list[Any],
    destinations: set[int],
) -> tuple[list[int], list[int]]:
    """Gas and highest stack of the stretch that begins at each position. Joins pushes with the jumps that use them."""
    costs, peaks = [0] * len(kinds), [0] * len(kinds)
    # From the end, because a stretch is its first operation and the stretch behind that.
    for position in reversed(range(len(kinds) - 1)):
        kind, following = kinds[position], nexts[position]
        if kind == _ELSE:
            continue
        cost, peak = operations[position].gas_cost, 0
        if kind == _PUSH and kinds[following] in (_JUMP, _JUMPI) and constants[position] in destinations:
            kinds[position] = kind = _PUSH_JUMP if kinds[following] == _JUMP else _PUSH_JUMPI
            cost += operations[following].gas_cost
            # The destination is on the stack for a moment.
            peak = 1
            nexts[position] = following = nexts[following]
        growth = _GROWTH.get(kind, 0)
        if kind not in _ENDS and kinds[following] != _JUMPDEST:
            cost += costs[following]
            growth += peaks[following]
        costs[position], peaks[position] = cost, max(peak, growth, _GROWTH.get(kind, 0), 0)
    return costs, peaks


class QuickComputation(LondonComputation):
    """London's computation with the quicker loop."""

    _memory: Memory
    _stack: Stack

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Run a message to its end, as the base class does, with the quicker loop."""
        with cls(state, message, transaction_context) as computation:
            if computation.is_origin_computation:
                computation.contracts_created = []
            if parent_computation is not None:
                computation.contracts_created = parent_computation.contracts_created
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompile = computation.precompiles.get(message.code_address, NO_RESULT)
            if precompile is NO_RESULT:
                assert isinstance(computation, QuickComputation)
                computation._run()
            else:
                precompile(computation)
        return computation

    def _run(self) -> None:  # noqa: C901 - one loop, as flat as it can be, because a call for each operation is what costs.
        """Run the code to its end. Raises py-evm's errors as py-evm's own loop does."""
        program = read(self.msg.code)
        kinds, constants, nexts = program.kinds, program.constants, program.nexts
        costs, peaks = program.costs, program.peaks
        meter = self._gas_meter
        stack: list[Any] = self._stack.values
        push, pop = stack.append, stack.pop
        memory = self._memory._bytes  # noqa: SLF001
        calldata: bytes | None = None
        gas = meter.gas_remaining
        position = 0
        # Whether a stretch begins here. A JUMPDEST always begins one.
        begins = True
        try:
            while True:
                kind = kinds[position]
                if begins or kind == _JUMPDEST:
                    begins = False
                    gas -= costs[position]
                    if gas < 0:
                        meter.gas_remaining = 0
                        raise OutOfGas(f"Out of gas: {-gas} short behind position {position}")
                    if len(stack) + peaks[position] > _STACK_MAX:
                        raise FullStack(f"Stack limit reached behind position {position}")
                if kind < _JUMPDEST:
                    if kind == _PUSH:
                        push(constants[position])
                        position = nexts[position]
                        continue
                    if kind == _DUP:
                        push(stack[constants[position]])
                    elif kind == _SWAP:
                        depth = constants[position]
                        stack[-1], stack[depth] = stack[depth], stack[-1]
                    else:
                        pop()
                elif kind < _ADD:
                    if kind == _JUMPDEST:
                        position += 1
                        continue
                    begins = True
                    if kind == _PUSH_JUMPI:
                        position = constants[position] if pop() else nexts[position]
                        continue
                    if kind == _PUSH_JUMP:
                        position = constants[position]
                        continue
                    destination = pop()
                    if kind == _JUMP or pop():
                        if destination not in program.destinations:
                            raise InvalidJumpDestination(f"Invalid jump destination {destination}")
                        position = destination
                        continue
                elif kind < _SUB:
                    if kind == _ADD:
                        top = pop()
                        stack[-1] = (top + stack[-1]) & _WORD
                    elif kind == _MSTORE:
                        start = pop()
                        word = pop()
                        if start + 32 > len(memory):
                            meter.gas_remaining = gas
                            self.extend_memory(start, 32)
                            gas = meter.gas_remaining
                            memory = self._memory._bytes  # noqa: SLF001
                        memory[start : start + 32] = word.to_bytes(32, "big")
                    elif kind == _MLOAD:
                        start = stack[-1]
                        if start + 32 > len(memory):
                            meter.gas_remaining = gas
                            self.extend_memory(start, 32)
                            gas = meter.gas_remaining
                            memory = self._memory._bytes  # noqa: SLF001
                        stack[-1] = int.from_bytes(memory[start : start + 32], "big")
                    elif kind == _AND:
                        top = pop()
                        stack[-1] &= top
                    else:
                        stack[-1] = 0 if stack[-1] else 1
                elif kind < _CALLDATALOAD:
                    top = pop()
                    if kind == _SUB:
                        stack[-1] = (top - stack[-1]) & _WORD
                    elif kind == _LT:
                        stack[-1] = 1 if top < stack[-1] else 0
                    elif kind == _GT:
                        stack[-1] = 1 if top > stack[-1] else 0
                    elif kind == _EQ:
                        stack[-1] = 1 if top == stack[-1] else 0
                    elif kind == _SHL:
                        stack[-1] = (stack[-1] << top) & _WORD if top < 256 else 0
                    else:
                        stack[-1] = stack[-1] >> top if top < 256 else 0
                elif kind < _ELSE:
                    if kind == _CALLDATALOAD:
                        if calldata is None:
                            calldata = self.msg.data_as_bytes
                        start = stack[-1]
                        stack[-1] = int.from_bytes(calldata[start : start + 32].ljust(32, b"\x00"), "big")
                    elif kind == _OR:
                        top = pop()
                        stack[-1] |= top
                    elif kind == _SLT:
                        # Flipping the sign bit turns the order of signed words into that of unsigned ones.
                        top = pop()
                        stack[-1] = 1 if (top ^ _SIGN) < (stack[-1] ^ _SIGN) else 0
                    elif kind == _MUL:
                        top = pop()
                        stack[-1] = (top * stack[-1]) & _WORD
                    else:
                        stack[-1] ^= _WORD
                else:
                    begins = True
                    meter.gas_remaining = gas
                    self.code.program_counter = position + 1
                    try:
                        program.operations[position](computation=self)
                    except Halt:
                        return
                    gas = meter.gas_remaining
                    memory = self._memory._bytes  # noqa: SLF001
                    if stack and type(stack[-1]) is not int:
                        stack[-1] = int.from_bytes(stack[-1], "big")
                position += 1
        except IndexError as error:
            if kind == _ELSE:
                # Not the stack's: py-evm's own operations count what they take. It is a fault of the engine.
                raise RuntimeError(f"operation at position {position} failed") from error
            raise InsufficientStack(f"Insufficient stack items at position {position}") from error
