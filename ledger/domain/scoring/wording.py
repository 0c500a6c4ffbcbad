"""The sentences of a reason, in English and Chinese."""

from __future__ import annotations

from ledger.domain.scoring.facts import OUTCOME_FULFILLED_BASIS_POINTS, CommitmentFact


def _percent(millionths: int) -> str:
    return f"{millionths // 10_000}.{millionths // 1_000 % 10} %"


def sentences(
    fact: CommitmentFact,
    expected_millionths: int,
    outcome_basis_points: int,
    credit_millionths: int,
    provisional: bool,
    repaired: bool,
) -> tuple[str, str]:
    """Say what was expected of a commitment and what happened, with all that changed how it counts."""
    expected, earned = _percent(expected_millionths), _percent(credit_millionths)
    if provisional:
        english = ["overdue and unresolved, so it counts as broken until it is resolved"]
        chinese = ["逾期未决，暂按违约计分"]
    elif outcome_basis_points == OUTCOME_FULFILLED_BASIS_POINTS:
        english, chinese = ["kept"], ["已履约"]
    elif outcome_basis_points == 0:
        english, chinese = ["broken"], ["违约"]
    else:
        part = f"{outcome_basis_points // 100}.{outcome_basis_points % 100:02} %"
        english, chinese = [f"kept in part, {part}, which earns {earned}"], [f"部分履约 {part}，折算 {earned}"]
    english.append(f"expected credit {expected}")
    chinese.append(f"预期得分 {expected}")
    if outcome_basis_points < OUTCOME_FULFILLED_BASIS_POINTS and repaired:
        english.append("repaired")
        chinese.append("已信用修复")
    for flag, words, words_zh in (
        (fact.silent, "outcome by silence", "默示结果"),
        (fact.backfilled, "recorded after the fact", "事后补录"),
        (fact.inherited, "inherited from a predecessor", "承继自前身机关"),
    ):
        if flag:
            english.append(words)
            chinese.append(words_zh)
    return "; ".join(english), "；".join(chinese)
