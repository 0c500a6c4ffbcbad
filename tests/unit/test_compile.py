"""
Compiling contracts: what is written, what is refused, and that a change is noticed.

The compiler runs on scratch contracts of a few lines, so that these tests say nothing about the product's contracts;
those are compared with their artifacts by `make check-artifacts`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import compile as compiling
from scripts.compile import ArtifactsStaleError, CompileError, Layout

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

HEADER = "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.30;\n"
INTERFACE = (
    HEADER + "interface ICounter { enum Way { Up, Down } error TooFar(uint256 value); event Counted(Way way); }\n"
)
COUNTER = HEADER + (
    'import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";\n'
    '/* import "./Absent.sol"; */\n'
    'import {\n    ICounter\n} from "./interfaces/ICounter.sol";\n'
    "contract Counter is ICounter {\n"
    "    uint256 public immutable limit;\n"
    "    constructor(uint256 limit_) { limit = limit_; }\n"
    "    function count(uint256 value) external {\n"
    "        if (Math.max(value, 1) > limit) revert TooFar(value);\n"
    "        emit Counted(Way.Up);\n"
    "    }\n"
    "}\n"
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A scratch checkout with one contract, its interface, and the real npm packages."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    put(tmp_path, "interfaces/ICounter.sol", INTERFACE)
    put(tmp_path, "Counter.sol", COUNTER)
    return Layout(tmp_path)


def put(root: Path, name: str, text: str) -> None:
    path = root / "contracts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def refused(layout: Layout) -> str:
    """Compile what must be refused; return the reason."""
    with pytest.raises(CompileError) as caught:
        compiling.build(layout)
    assert not (layout.root / layout.artifacts).exists()
    return str(caught.value)


def test_the_compiler_is_the_version_that_npm_pins() -> None:
    pinned = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]["solc"]
    assert pinned == compiling.SOLC_VERSION


def test_artifacts_hold_what_use_and_audit_need(layout: Layout) -> None:
    put(
        layout.root,
        "mocks/Mock.sol",
        HEADER + "contract Mock { function answer() external pure returns (uint8) { return 42; } }\n",
    )
    files = compiling.build(layout)

    assert list(files) == [
        "ledger/chain/artifacts/Counter.json",
        "ledger/chain/artifacts/ICounter.json",
        "ledger/chain/artifacts/build.json",
        "tests/contracts/artifacts/Mock.json",
        "tests/contracts/artifacts/build.json",
    ]
    counter = json.loads(files["ledger/chain/artifacts/Counter.json"])
    assert {entry["name"] for entry in counter["abi"] if "name" in entry} == {"Counted", "TooFar", "count", "limit"}
    assert counter["bytecode"].startswith("0x")
    assert len(counter["bytecode"]) > len(counter["deployedBytecode"]) > 2
    assert {length for _, length in counter["immutables"]} == {32}
    assert counter["compiler"]["version"].startswith("0.8.30+commit.")
    assert counter["settings"]["evmVersion"] == "london"
    assert {"contracts/Counter.sol", "@openzeppelin/contracts/utils/math/Math.sol"} <= set(counter["sources"])
    assert "bytecode" not in json.loads(files["ledger/chain/artifacts/ICounter.json"])
    enums = json.loads(files["ledger/chain/artifacts/build.json"])["enums"]
    assert enums == {"ICounter.Way": {"members": ["Up", "Down"], "source": "contracts/interfaces/ICounter.sol"}}
    assert str(layout.root) not in "".join(files.values())


def test_check_names_the_first_file_that_differs(layout: Layout) -> None:
    files = compiling.build(layout)
    with pytest.raises(ArtifactsStaleError, match=r"Counter\.json is missing"):
        compiling.check(layout, files)
    compiling.write(layout, files)
    compiling.check(layout, files)
    compiling.check_sources(layout)

    artifact = layout.root / "ledger/chain/artifacts/ICounter.json"
    artifact.write_text(artifact.read_text("utf-8").replace("TooFar", "TooNear"), "utf-8")
    with pytest.raises(ArtifactsStaleError, match=r"ICounter\.json is not what the sources give"):
        compiling.check(layout, files)
    with pytest.raises(ArtifactsStaleError, match="artifact ICounter is"):
        compiling.check_sources(layout)

    compiling.write(layout, files)
    (layout.root / "ledger/chain/artifacts/Gone.json").write_text("{}", "utf-8")
    with pytest.raises(ArtifactsStaleError, match=r"Gone\.json comes from no source"):
        compiling.check(layout, files)
    compiling.write(layout, files)
    compiling.check(layout, files)

    put(layout.root, "Counter.sol", COUNTER + "// An afterthought.\n")
    with pytest.raises(ArtifactsStaleError, match=r"source contracts/Counter\.sol is"):
        compiling.check_sources(layout)


REFUSALS = {
    "a syntax error": ("contract Bad {", "ParserError"),
    "a warning": ("contract Bad { function f() external pure { uint256 unused; } }", "Unused local variable"),
    "a missing import": ('import "./Absent.sol"; contract Bad {}', "contracts/Bad.sol imports contracts/Absent.sol"),
    "a library to link": ("library Bad { function f() external pure {} }", "internal functions only"),
    "a name taken twice": ("contract Counter {}", "names must differ"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_contracts_are_refused_and_nothing_is_written(layout: Layout, case: str) -> None:
    source, reason = REFUSALS[case]
    put(layout.root, "Bad.sol", HEADER + source + "\n")
    assert reason in refused(layout)


def test_a_contract_above_the_limit_of_code_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiling.DEPLOYED_BYTES_MAX == 0x6000
    monkeypatch.setattr(compiling, "DEPLOYED_BYTES_MAX", 100)
    assert "bytes of deployed code; at most 100 are allowed" in refused(layout)


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    assert "at least one .sol file is needed" in refused(Layout(tmp_path))


def test_a_compiler_folder_without_the_version_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(layout.root))
    assert "holds no solc-v0.8.30" in refused(layout)
