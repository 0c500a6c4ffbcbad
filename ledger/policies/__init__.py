"""The score policies that come with the product, and the reading of policy files."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ledger.domain.policy import PolicyError, ScorePolicy

DEFAULT_POLICY_FILE = "default.json"
"""The policy that is used where none is named."""


def default_policy() -> ScorePolicy:
    """Return the policy that comes with the product."""
    return ScorePolicy.from_json(resources.files(__name__).joinpath(DEFAULT_POLICY_FILE).read_bytes())


def load_policy(path: Path) -> ScorePolicy:
    """Read and check a policy file; raise `PolicyError`, naming the file, where it cannot be read or breaks a rule."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"policy: file {path}", error.strerror, "a file that can be read") from error
    try:
        return ScorePolicy.from_json(text)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error.field}", error.value, error.rule) from error
