"""The score and procedure policies that come with the product, and the reading of policy files."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TypeVar

from ledger.domain.policy import PolicyError, ScorePolicy
from ledger.domain.procedure import ProcedurePolicy

DEFAULT_POLICY_FILE = "default.json"
"""The policy that is used where none is named."""

PROCEDURE_POLICY_FILE = "procedure.json"
"""The time limits and thresholds that a ledger begins with where none are named."""

_Policy = TypeVar("_Policy")


def default_policy() -> ScorePolicy:
    """Return the policy that comes with the product."""
    return ScorePolicy.from_json(resources.files(__name__).joinpath(DEFAULT_POLICY_FILE).read_bytes())


def load_policy(path: Path) -> ScorePolicy:
    """Read and check a policy file; raise `PolicyError`, naming the file, where it cannot be read or breaks a rule."""
    return _load(path, ScorePolicy.from_json)


def default_procedure_policy() -> ProcedurePolicy:
    """Return the procedure policy that comes with the product."""
    return ProcedurePolicy.from_json(resources.files(__name__).joinpath(PROCEDURE_POLICY_FILE).read_bytes())


def load_procedure_policy(path: Path) -> ProcedurePolicy:
    """The same for a procedure policy."""
    return _load(path, ProcedurePolicy.from_json)


def _load(path: Path, read: Callable[[bytes], _Policy]) -> _Policy:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"policy: file {path}", error.strerror, "a file that can be read") from error
    try:
        return read(text)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error.field}", error.value, error.rule) from error
