"""Score runs on a real ledger: published, recomputed, proved, and found out where something was changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.bootstrap import open_ledger
from ledger.chain.embedded.client import find_node
from ledger.config import Settings
from ledger.domain.commands import PublishRun
from ledger.domain.refusals.scores import ScoreRunBlockHashWrong, ScoreRunBlockInvalid
from ledger.policies import default_policy
from tests.cli_home import answer, copied_home, done, intergov, make_home, refused

pytestmark = pytest.mark.slow

HEADER = "government,counterparty_or_forum,commitment_id,made_on,due_on,outcome,outcome_score,weight,resolved_on,iso3\n"
GOVERNMENTS = ("Canada", "France", "Japan", "Kenya", "Norway")
OUTCOMES = (("fulfilled", "1"), ("broken", "0"), ("partial", "0.5"), ("fulfilled", "1"))


def records(first: int, last: int) -> str:
    rows = []
    for number in range(first, last):
        for place, name in enumerate(GOVERNMENTS):
            outcome, score = OUTCOMES[(number * 3 + place * 2) % 4]
            year = 2001 + number
            rows.append(f"{name},Forum,P{number},{year}-01-01,{year}-12-01,{outcome},{score},1,{year}-12-01,\n")
    return HEADER + "".join(rows)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A ledger with history, its first run published, and more recorded since."""
    folder = tmp_path_factory.mktemp("runs")
    blank = make_home(folder / "blank")
    with copied_home(blank, folder / "home") as home:
        for name, first, last in (("early", 0, 6), ("late", 6, 9)):
            file = folder / f"{name}.csv"
            file.write_text(records(first, last), encoding="utf-8")
            done(intergov("import", file, home=home))
            if name == "early":
                made = answer(intergov("score", "--publish", "--as", "recorder", "--yes", "--json", home=home))
        yield home, made


def kept(home: Path, run: dict[str, Any]) -> Path:
    return home / "documents" / str(run["locator"])


def test_a_run_says_what_it_is_of(published: tuple[Path, dict[str, Any]]) -> None:
    home, made = published
    run = made["run"]
    assert (run["id"], run["time"], run["governments"]) == (1, "recorded", len(GOVERNMENTS))
    assert run["policy_digest"] == "0x" + default_policy().digest.hex()
    assert made["operation"]["state"] == "confirmed"
    assert answer(intergov("score", "--runs", "--json", home=home))["runs"][-1] == run
    assert run["root"] in done(intergov("score", "--runs", home=home)).stdout
    before = answer(intergov("score", "--as-of", run["as_of"], "--json", home=home))
    leaves = json.loads(kept(home, run).read_text("utf-8"))["scores"]
    assert sorted(each["score"] for each in leaves) == sorted(each["score"] for each in before["scores"])


def test_a_run_is_recomputed_after_more_was_recorded(published: tuple[Path, dict[str, Any]]) -> None:
    home, made = published
    checked = answer(intergov("score", "--check", "1", "--json", home=home))
    assert checked == {
        "run": made["run"],
        "holds": True,
        "recomputed_root": made["run"]["root"],
        "difference": None,
    }
    assert "holds" in done(intergov("score", "--check", "1", home=home)).stdout
    assert "no score run 77" in refused(intergov("score", "--check", "77", home=home))


def test_another_policy_is_another_run(published: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, made = published
    changed = {**asdict(default_policy()), "name": "a shorter memory", "points_half_life_days": 400}
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(changed), "utf-8")
    options = ("--as-of", made["run"]["as_of"], "--policy", policy, "--as", "recorder", "--yes", "--json")
    other = answer(intergov("score", "--publish", *options, home=home))["run"]
    assert other["as_of"] == made["run"]["as_of"]
    assert other["root"] != made["run"]["root"]
    number = str(other["id"])
    # The home keeps the policies that it published by; another home would have to be given the file.
    done(intergov("score", "--check", number, home=home))
    (home / "policies" / f"{other['policy_digest'][2:]}.json").unlink()
    told = refused(intergov("score", "--check", number, home=home))
    assert other["policy_digest"] in told
    assert answer(intergov("score", "--check", number, "--policy", policy, "--json", home=home))["holds"]
    assert made["run"]["policy_digest"] in refused(intergov("score", "--check", "1", "--policy", policy, home=home))


def test_effective_time_stays_the_same_when_history_is_added(
    published: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home, _ = published
    options = ("--time", "effective", "--as-of", "2005-06-30", "--as", "recorder", "--yes", "--json")
    run = answer(intergov("score", "--publish", *options, home=home))["run"]
    file = tmp_path / "older.csv"
    row = "Canada,Forum,P-older,2001-02-01,2002-02-01,broken,0,5,2002-02-01,\n"
    file.write_text(HEADER + row, encoding="utf-8")
    done(intergov("import", file, home=home))
    assert answer(intergov("score", "--check", str(run["id"]), "--json", home=home))["holds"]


def test_every_score_is_proved_and_no_other(published: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, made = published
    node = find_node(home)
    assert node is not None
    file = tmp_path / "proof.json"
    for name in GOVERNMENTS:
        proof = json.loads(done(intergov("score", "--prove", name, "--run", "1", home=home)).stdout)
        assert proof["base"] + sum(each["points"] for each in proof["reasons"]) == proof["leaf"]["score"]
        file.write_text(json.dumps(proof), "utf-8")
        # Without a ledger, then against the root that another source gives, then on the chain.
        offline = answer(intergov("verify-score", file, "--json", home=tmp_path))
        assert (offline["holds"], offline["against"], offline["root"]) == (True, "its own root", made["run"]["root"])
        against = answer(intergov("verify-score", file, "--root", made["run"]["root"], "--json", home=tmp_path))
        assert against["against"] == "given root"
        asked = answer(intergov("verify-score", file, "--rpc", node.url, "--json", home=home))
        assert (asked["against"], asked["score"]) == ("chain", proof["leaf"]["score"])
        contract = ("--contract", proof["contract"])
        assert answer(intergov("verify-score", file, "--rpc", node.url, *contract, "--json", home=tmp_path))["holds"]

    assert "the published root" in refused(intergov("verify-score", file, "--root", "0x" + "12" * 32, home=tmp_path))
    told = refused(intergov("verify-score", file, "--rpc", node.url, home=tmp_path))
    assert "--contract" in told
    nowhere = ("--contract", "0x" + "11" * 20)
    assert "no contract" in refused(intergov("verify-score", file, "--rpc", node.url, *nowhere, home=tmp_path))
    proof["leaf"]["score"] += 1
    file.write_text(json.dumps(proof), "utf-8")
    assert "base and points" in refused(intergov("verify-score", file, home=tmp_path))


def test_a_forged_tree_is_good_in_itself_and_not_on_the_chain(
    published: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    from ledger.audit.kept import Entry, PublishedLeaves

    home, made = published
    node = find_node(home)
    assert node is not None
    proof = json.loads(done(intergov("score", "--prove", "Kenya", "--run", "1", home=home)).stdout)
    number = proof["leaf"]["government"]
    forged = PublishedLeaves([Entry(number, 999_999, 999_998, 1_000_000, 999_999, True, ())])
    root = forged.root
    proof["leaf"] |= {"score": 999_999, "low": 999_998, "high": 1_000_000}
    proof["leaf"]["reasons_digest"] = "0x" + forged.entries[number].leaf.reasons_digest.hex()
    proof |= {"base": 999_999, "reasons": [], "leaf_hash": "0x" + forged.leaf_hash(number).hex(), "proof": []}
    proof |= {"root": root, "run": {**proof["run"], "root": root}}
    file = tmp_path / "forged.json"
    file.write_text(json.dumps(proof), "utf-8")
    assert answer(intergov("verify-score", file, "--json", home=tmp_path))["against"] == "its own root"
    refused(intergov("verify-score", file, "--root", made["run"]["root"], home=tmp_path))
    told = refused(intergov("verify-score", file, "--rpc", node.url, home=home))
    assert "not in score run 1 on the chain" in told


def test_proofs_do_not_need_the_kept_leaves_nor_trust_them(published: tuple[Path, dict[str, Any]]) -> None:
    home, made = published
    path = kept(home, made["run"])
    text = path.read_text("utf-8")
    with_leaves = done(intergov("score", "--prove", "Japan", "--run", "1", home=home)).stdout
    record = json.loads(text)
    record["scores"][2]["score"] += 1
    try:
        for damaged in (json.dumps(record), "{", None):
            path.unlink() if damaged is None else path.write_text(damaged, "utf-8")
            assert done(intergov("score", "--prove", "Japan", "--run", "1", home=home)).stdout == with_leaves
            done(intergov("score", "--check", "1", home=home))
    finally:
        path.write_text(text, "utf-8")


def test_a_changed_projection_is_found_out(published: tuple[Path, dict[str, Any]]) -> None:
    home, made = published
    projection = home / "projection.sqlite"
    with sqlite3.connect(projection) as database:
        (victim, before) = database.execute(
            "SELECT id, outcome_basis_points FROM commitments WHERE outcome_basis_points = 0 ORDER BY id LIMIT 1"
        ).fetchone()
        database.execute("UPDATE commitments SET outcome_basis_points = 10000 WHERE id = ?", (victim,))
    database.close()
    try:
        result = intergov("score", "--check", "1", "--json", home=home)
        told = refused(result)
        document = json.loads(result.stdout)
        assert document["holds"] is False
        assert document["recomputed_root"] != made["run"]["root"]
        assert "the first government that differs is" in document["difference"]
        assert document["difference"] in told
        refused(intergov("rebuild", "--check", home=home))
        # Where the leaves are gone, that there is a difference can still be said, but not where.
        path = kept(home, made["run"])
        aside = path.with_suffix(".aside")
        shutil.move(path, aside)
        assert "cannot be said" in refused(intergov("score", "--check", "1", home=home))
        assert "root" in refused(intergov("score", "--prove", "Japan", "--run", "1", home=home))
        shutil.move(aside, path)
    finally:
        done(intergov("rebuild", home=home))
    assert before == 0
    done(intergov("score", "--check", "1", home=home))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--publish", "--check", "1"),
        ("--run", "1"),
        ("--policy", "p.json"),
        ("--as", "recorder"),
        ("--prove", "Japan", "--government", "Japan"),
        ("--check", "1", "--as-of", "2024-01-01"),
        ("--runs", "--history"),
    ],
)
def test_what_says_nothing_together_is_wrong_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert intergov("score", *arguments, home=tmp_path).returncode == 2


def test_the_node_knows_the_hashes_of_its_blocks(published: tuple[Path, dict[str, Any]]) -> None:
    home, _ = published
    with open_ledger(Settings(home)) as ledger:
        run = ledger.score_runs.compute().to_publish("nowhere")
        recorder = ledger.keys.signer("recorder")
        for number, actual in ((run.block_number, run.block_hash), (1, ledger.connection.block_hash(1))):
            wrong = replace(run, block_number=number, block_hash=b"\x0b" * 32)
            with pytest.raises(ScoreRunBlockHashWrong) as caught:
                ledger.commands.send(PublishRun(wrong), recorder)
            assert (caught.value.block_number, caught.value.actual) == (number, actual)
        with pytest.raises(ScoreRunBlockInvalid):
            ledger.commands.send(PublishRun(replace(run, block_number=run.block_number + 1)), recorder)


def test_who_may_not_publish_is_refused(published: tuple[Path, dict[str, Any]]) -> None:
    home, _ = published
    address = answer(intergov("keys", "new", "lujiang", "--json", home=home))["address"]
    options = ("--name", "Lujiang District", "--level", "county", "--signer", "lujiang", "--yes")
    done(intergov("government", "register", "uscc:11990101MB0000101Y", *options, home=home))
    told = refused(intergov("score", "--publish", "--as", "lujiang", "--yes", home=home))
    assert "only a coordinating body or an auditor may" in told
    assert address
