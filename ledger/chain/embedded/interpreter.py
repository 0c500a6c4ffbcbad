"""
A quicker loop for the engine's operations.

py-evm runs every operation as a call of an object that calls a function that calls methods of the stack, the code and
the gas meter. Contracts spend nine tenths of their operations on moving words: pushing, duplicating, swapping, jumping,
adding, comparing, reading and writing memory. This loop does those in place and hands every other operation to py-evm,
with the gas meter, program counter and stack as py-evm expects them. Gas prices come from py-evm's own table.

Two things are decided once per contract and remembered: which operation stands at each position with its constant, and
which positions may be jumped to.

It must do exactly what py-evm's loop does; the tests run both on the same programs and compare results, gas and logs.

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
_PUSH, _DUP, _SWAP, _POP, _JUMPDEST, _JUMPI, _JUMP, _ADD, _MSTORE, _MLOAD, _AND, _ISZERO = range(12)
_SUB, _LT, _GT, _EQ, _SHL, _SHR, _CALLDATALOAD, _OR, _SLT, _MUL, _NOT, _ELSE = range(12, 24)

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


@dataclass(frozen=True, slots=True)
class Program:
    """A contract's code, read once. Each list has an entry for each position, and a STOP behind the end."""

    kinds: list[int]
    """What the loop does there."""
    constants: list[int]
    """The constant of a push; the depth, counted from the end, of a dup or a swap."""
    nexts: list[int]
    """The position after it."""
    costs: list[int]
    """The gas that the loop takes for it; 0 where py-evm takes the gas itself."""
    operations: list[Callable[..., Any]]
    """py-evm's operation."""
    destinations: frozenset[int]
    """Positions that may be jumped to."""


@lru_cache(maxsize=64)
def read(code: bytes) -> Program:
    """Read a contract's code."""
    table = LondonComputation.opcodes
    length = len(code)
    kinds, constants, nexts, costs, operations = [], [], [], [], []
    destinations = set()
    data_until = 0
    for position in range(length + 1):
        # Code that ends without STOP stops all the same.
        value = code[position] if position < length else 0x00
        operation = table.get(value) or InvalidOpcode(value)
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
        costs.append(0 if kind == _ELSE else operation.gas_cost)
        operations.append(operation)
    return Program(kinds, constants, nexts, costs, operations, frozenset(destinations))


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
        kinds, constants, nexts, costs = program.kinds, program.constants, program.nexts, program.costs
        meter = self._gas_meter
        stack: list[Any] = self._stack.values
        push, pop = stack.append, stack.pop
        memory = self._memory._bytes  # noqa: SLF001
        calldata: bytes | None = None
        gas = meter.gas_remaining
        position = 0
        try:
            while True:
                kind = kinds[position]
                gas -= costs[position]
                if gas < 0:
                    meter.gas_remaining = 0
                    raise OutOfGas(f"Out of gas: {-gas} short at position {position}")
                if kind < 4:
                    if kind == _PUSH:
                        if len(stack) >= _STACK_MAX:
                            raise FullStack("Stack limit reached")
                        push(constants[position])
                        position = nexts[position]
                        continue
                    if kind == _DUP:
                        if len(stack) >= _STACK_MAX:
                            raise FullStack("Stack limit reached")
                        push(stack[constants[position]])
                    elif kind == _SWAP:
                        depth = constants[position]
                        stack[-1], stack[depth] = stack[depth], stack[-1]
                    else:
                        pop()
                elif kind < 7:
                    if kind == _JUMPDEST:
                        pass
                    elif kind == _JUMPI:
                        destination = pop()
                        if pop():
                            if destination not in program.destinations:
                                raise InvalidJumpDestination("Invalid Jump Destination")
                            position = destination
                            continue
                    else:
                        destination = pop()
                        if destination not in program.destinations:
                            raise InvalidJumpDestination("Invalid Jump Destination")
                        position = destination
                        continue
                elif kind < 12:
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
                elif kind < 18:
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
                elif kind < 23:
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
