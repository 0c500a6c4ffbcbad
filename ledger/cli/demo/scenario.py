"""
Who and what the S City scenario is made of.

S City is the study's; its districts here, and all governments elsewhere, are made up. Their 统一社会信用代码 have right
check characters and division codes that no place has (99…).

History is a table that a person can read: a line for each pair of debtor and creditor, a column for each year, a letter
for each commitment of that year.

    k  kept        l  kept late, 80 %        p  partly, 50 %        b  broken
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.domain.enums import CompensationKind, IndicatorDirection, IndicatorKind, Level, Role, ServiceMode
from ledger.domain.terms import CompensationRule, Indicator


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the scenario."""

    key: str
    """Name of its key in the home, and how the scenario calls it."""

    uscc: str
    name: str
    level: Level
    role: Role = Role.GOVERNMENT
    superior: str | None = None


COORDINATOR: Final = "s-coordination"

BODIES: Final = (
    Body(
        COORDINATOR,
        "11990000MB0000001M",
        "S Province Office for Cross-Province Services S省跨省通办协同办公室",
        Level.PROVINCE,
        Role.COORDINATING_BODY,
    ),
    Body("s-city", "11990100MB0000010Q", "S City S市", Level.CITY),
    Body("lujiang", "11990101MB0000101Y", "Lujiang District, S City S市鹭江区", Level.COUNTY, superior="s-city"),
    Body("binhai", "11990102MB0000102G", "Binhai District, S City S市滨海区", Level.COUNTY, superior="s-city"),
    Body("yunhu", "11990103MB00001032", "Yunhu District, S City S市云湖区", Level.COUNTY, superior="s-city"),
    Body("qingshan", "11991101MB00002011", "Qingshan County, M Province M省青山县", Level.COUNTY),
    Body("baihe", "11992100MB0000301L", "Baihe City, N Province N省白河市", Level.CITY),
    Body("nanling", "11993101MB00004015", "Nanling County, P Province P省南岭县", Level.COUNTY),
)

INDICATORS: Final = (
    Indicator(
        "Joint institutions in place 协同机制建设",
        IndicatorKind.INSTITUTION_BUILDING,
        "institutions 项",
        4_000_000,
        IndicatorDirection.AT_LEAST,
        4_000,
    ),
    Indicator(
        "Days until a resident is served 群众办结时限",
        IndicatorKind.SOCIAL_BENEFIT,
        "working days 工作日",
        5_000_000,
        IndicatorDirection.AT_MOST,
        4_000,
    ),
    Indicator(
        "Items that can be handled 可通办事项",
        IndicatorKind.QUANTITY,
        "items 项",
        60_000_000,
        IndicatorDirection.AT_LEAST,
        2_000,
    ),
)
"""Institution building and social benefit weigh four times what the count of items weighs, as the study asks."""

INSTITUTIONS, BENEFIT, QUANTITY = range(3)


@dataclass(frozen=True, slots=True)
class Pact:
    """An agreement of the scenario."""

    reference: str
    title: str
    mode: ServiceMode
    parties: tuple[str, ...]
    compensation: CompensationRule


PACTS: Final = (
    Pact(
        "SC-2026-01",
        "Lujiang and Qingshan: pension transfer fully online 鹭江—青山养老关系转移全程网办",
        ServiceMode.FULLY_ONLINE,
        ("lujiang", "qingshan"),
        CompensationRule(
            kind=CompensationKind.GAIN_SHARE,
            currency=b"CNY",
            amount_minor=0,
            share_basis_points=3_000,
            standard="30 % of the difference in what the two sides gain 双方收益差额的30%",
            method="audited saving per transferred case, both sides by the same method 按件核算节约额",
            process="Lujiang reports in January, Qingshan confirms in 30 days, payment by 31 March 一季度结清",
        ),
    ),
    Pact(
        "SC-2026-02",
        "Binhai and Baihe: business licences accepted on behalf 滨海—白河营业执照异地代收代办",
        ServiceMode.REMOTE_ACCEPTANCE,
        ("binhai", "baihe"),
        CompensationRule(
            kind=CompensationKind.PER_CASE,
            currency=b"CNY",
            amount_minor=3_500,
            share_basis_points=0,
            standard="35 yuan for every case accepted for the other side 每件35元",
            method="cases closed in the shared register 以共享台账办结件数为准",
            process="settled every quarter, confirmed by the payee in 15 days 按季结算",
        ),
    ),
    Pact(
        "SC-2026-03",
        "Yunhu, Nanling and Lujiang: medical claims handled jointly 云湖—南岭—鹭江医保多地联办",
        ServiceMode.JOINT_HANDLING,
        ("yunhu", "nanling", "lujiang"),
        CompensationRule(
            kind=CompensationKind.IN_KIND,
            currency=b"\0\0\0",
            amount_minor=0,
            share_basis_points=0,
            standard="40 training places a year for window staff of the side that gains less 每年40个培训名额",
            method="places taken up, counted by the coordinating body 由协同机构统计",
            process="offered in March, taken up by October; in another field than the service 领域置换",
        ),
    ),
)

HISTORY_YEARS: Final = range(2018, 2026)

HISTORY: Final = """
                     2018  2019  2020  2021  2022  2023  2024  2025
lujiang  > qingshan  kk    klk   kkk   kkkk  kkk   kkkl  kkkk  kkkk
qingshan > lujiang   kl    kp    lk    kkp   kpk   klk   kkp   klkk
binhai   > baihe     kk    kkp   kpk   kkl   kkpk  kkk   klkk  kkpk
baihe    > binhai    kp    pb    plk   bkp   pkl   pbk   kpb   pkbp
yunhu    > nanling   pk    kbp   pp    bpk   pb    ppbk  bkp   pbpb
nanling  > yunhu     k     kl    kpk   klk   kk    kpkl  kkl   kkpk
"""

GRADES: Final = {"k": 10_000, "l": 8_000, "p": 5_000, "b": 0}


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of this year."""

    reference: str
    pact: str
    debtor: str
    creditor: str | None
    """None for all other parties."""

    indicator: int
    what: str
    fate: str
    """kept, late, partly, broken, open."""


PROMISES: Final = (
    Promise("LJ-01", "SC-2026-01", "lujiang", "qingshan", BENEFIT,
            "Pension transfers to Qingshan in five working days 五个工作日办结转移", "kept"),
    Promise("LJ-02", "SC-2026-01", "lujiang", "qingshan", INSTITUTIONS,
            "One shared register of cases, open to both sides 建立共享台账", "late"),
    Promise("LJ-03", "SC-2026-03", "lujiang", None, INSTITUTIONS,
            "A joint office with Yunhu and Nanling 设立联合窗口", "kept"),
    Promise("LJ-04", "SC-2026-01", "lujiang", "qingshan", QUANTITY,
            "Ten more items by the end of the year 年内新增十项", "open"),
    Promise("QS-01", "SC-2026-01", "qingshan", "lujiang", BENEFIT,
            "Answers to queries of Lujiang in one day 一日内答复查询", "partly"),
    Promise("BH-01", "SC-2026-02", "binhai", "baihe", QUANTITY,
            "Sixty kinds of licence accepted on behalf 六十类证照代收", "kept"),
    Promise("BE-01", "SC-2026-02", "baihe", "binhai", BENEFIT,
            "Licences issued in five working days 五个工作日发证", "broken"),
    Promise("YH-01", "SC-2026-03", "yunhu", "nanling", BENEFIT,
            "Claims of Nanling's residents paid in thirty days 三十日内结算", "broken"),
    Promise("YH-02", "SC-2026-03", "yunhu", None, INSTITUTIONS,
            "A liaison officer named and on duty 指定联络员", "partly"),
    Promise("NL-01", "SC-2026-03", "nanling", "yunhu", INSTITUTIONS,
            "Claims sent in the common data format 按统一格式报送数据", "kept"),
)  # fmt: skip

PARTLY_BASIS_POINTS: Final = {"QS-01": 6_000, "YH-02": 4_000}
LATE_BASIS_POINTS: Final = 8_000


@dataclass(frozen=True, slots=True)
class Payment:
    """Compensation of this year."""

    reference: str
    pact: str
    payer: str
    payee: str
    amount_minor: int
    confirmed: bool


PAYMENTS: Final = (
    Payment("PAY-2026-Q1-LJ", "SC-2026-01", "lujiang", "qingshan", 18_600_000, confirmed=True),
    Payment("PAY-2026-Q1-BH", "SC-2026-02", "binhai", "baihe", 4_305_000, confirmed=True),
    Payment("PAY-2026-Q1-BE", "SC-2026-02", "baihe", "binhai", 1_102_500, confirmed=False),
)
"""The last one is said to have been paid, and its payee has not confirmed it."""
