"""
Who and what the S City scenario is made of.

S City is the study's; its districts here, and all other governments and offices, are made up. Their 统一社会信用代码
have right check characters and division codes that no place has (99…).

History is a table that a person can read: a line for each pair of debtor and creditor, a column for each of the years
before the play, a letter for each commitment of that year.

    k  kept        l  kept late, 80 %        p  partly, 50 %        b  broken
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.domain.enums import IndicatorDirection, IndicatorKind, Level, Role
from ledger.domain.terms import Indicator


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


NATIONAL: Final = "national-office"
PROVINCE: Final = "s-province"
COORDINATOR: Final = "s-coordination"
AUDITOR: Final = "s-audit"

_BODY: Final = Role.COORDINATING_BODY

BODIES: Final = (
    Body(
        NATIONAL,
        "11990000MB0000900M",
        "National Office for Cross-Region Services 国家跨域通办协同办公室",
        Level.NATIONAL,
        _BODY,
    ),
    Body(
        PROVINCE,
        "11990000MB0000001M",
        "S Province Office for Cross-Province Services S省跨省通办协同办公室",
        Level.PROVINCE,
        _BODY,
        NATIONAL,
    ),
    Body(
        "m-province",
        "11991000MB00009015",
        "M Province Office for Cross-Province Services M省跨省通办协同办公室",
        Level.PROVINCE,
        _BODY,
        NATIONAL,
    ),
    Body(
        COORDINATOR,
        "11990100MB00009021",
        "S City Office for Cross-Region Services S市跨域通办协同办公室",
        Level.CITY,
        _BODY,
        PROVINCE,
    ),
    Body(AUDITOR, "11990000MB00008013", "S Province Audit Office S省审计厅", Level.PROVINCE, Role.AUDITOR),
    Body("n-audit", "11992000MB0000802Y", "N Province Audit Office N省审计厅", Level.PROVINCE, Role.AUDITOR),
    Body("s-city", "11990100MB0000010Q", "S City S市", Level.CITY),
    Body("lujiang", "11990101MB0000101Y", "Lujiang District, S City S市鹭江区", Level.COUNTY, superior="s-city"),
    Body("binhai", "11990102MB0000102G", "Binhai District, S City S市滨海区", Level.COUNTY, superior="s-city"),
    Body("yunhu", "11990103MB00001032", "Yunhu District, S City S市云湖区", Level.COUNTY, superior="s-city"),
    Body("haitang", "11990104MB0000104K", "Haitang District, S City S市海棠区", Level.COUNTY, superior="s-city"),
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
"""Of the agreements of the past. Institution building and social benefit weigh four times what the count of items
weighs, as the study asks."""

HISTORY_YEARS: Final = 8

HISTORY: Final = """
                     -8    -7    -6    -5    -4    -3    -2    -1
lujiang  > qingshan  kk    klk   kkk   kkkk  kkk   kkkl  kkkk  kkkk
qingshan > lujiang   kl    kp    lk    kkp   kpk   klk   kkp   klkk
binhai   > baihe     kk    kkp   kpk   kkl   kkpk  kkk   klkk  kkpk
baihe    > binhai    kp    pb    plk   bkp   pkl   pbk   kpb   pkbp
yunhu    > nanling   pk    kbp   pp    bpk   pb    ppbk  bkp   pbpb
nanling  > yunhu     k     kl    kpk   klk   kk    kpkl  kkl   kkpk
"""

GRADES: Final = {"k": 10_000, "l": 8_000, "p": 5_000, "b": 0}


@dataclass(frozen=True, slots=True)
class Pact:
    """An agreement of the scenario, made from a template."""

    reference: str
    template: str
    title: str
    parties: tuple[str, ...]


ONLINE: Final = "SC-ONLINE"
REMOTE: Final = "SC-REMOTE"
JOINT: Final = "SC-JOINT"

PACTS: Final = (
    Pact(
        ONLINE,
        "fully-online",
        "Lujiang and Qingshan: pension transfer fully online 鹭江—青山养老关系转移全程网办",
        ("lujiang", "qingshan"),
    ),
    Pact(
        REMOTE,
        "remote-acceptance",
        "Binhai, Haitang and Baihe: licences accepted on behalf 滨海—海棠—白河证照异地代收代办",
        ("binhai", "baihe", "haitang"),
    ),
    Pact(
        JOINT,
        "joint-handling",
        "Yunhu, Nanling and Lujiang: medical claims handled jointly 云湖—南岭—鹭江医保多地联办",
        ("yunhu", "nanling", "lujiang"),
    ),
)


MEASURED: Final = {
    ONLINE: (
        (4_000_000, 92_000_000, 5_000_000, 24_000_000),
        "four institutions; 92 % without a visit; five working days; 24 data items",
    ),
    REMOTE: (
        (3_000_000, 97_000_000, 8_000_000, 60_000_000),
        "three institutions; 97 % on the same day; 8 % of files returned; 60 kinds",
    ),
    JOINT: (
        (3_000_000, 71_000_000, 90_000_000, 20_000_000),
        "three institutions; 71 % of joint cases in time; 90 % satisfied; 20 standards",
    ),
}
"""What the indicators of the agreements measure at the first assessment, in millionths of their units, and in words."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of the play."""

    reference: str
    pact: str
    debtor: str
    creditor: str | None
    """None for all other parties."""

    indicator: int
    """Number of the template's indicator that it serves, from 0."""

    due_day: int
    """On which day of the play it is due; those after the play's last day stay open."""

    what: str
    fate: str
    """What becomes of it: kept, late, partly, silent, bettered, declined, handed over, inherited, broken and repaired,
    broken, excused, overturned, reported, open."""


PROMISES: Final = (
    Promise("LJ-02", ONLINE, "lujiang", "qingshan", 0, 110,
            "One shared register of cases, open to both sides 建立共享台账", "late"),
    Promise("LJ-03", JOINT, "lujiang", None, 0, 130,
            "A seat in the joint office with Yunhu and Nanling 派驻联合窗口", "kept"),
    Promise("LJ-04", ONLINE, "lujiang", "qingshan", 3, 640,
            "Ten more data items offered by interface 新增十项数据接口", "open"),
    Promise("LJ-05", ONLINE, "lujiang", "qingshan", 0, 200,
            "A second register beside the shared one 另建台账", "declined"),
    Promise("QS-01", ONLINE, "qingshan", "lujiang", 2, 140,
            "Answers to queries of Lujiang in one day 一日内答复查询", "partly"),
    Promise("QS-02", ONLINE, "qingshan", "lujiang", 0, 140,
            "A liaison officer named and on duty 指定联络员", "silent"),
    Promise("QS-03", ONLINE, "qingshan", "lujiang", 3, 340,
            "The new data centre connected 新数据中心接入", "excused"),
    Promise("BH-01", REMOTE, "binhai", "baihe", 3, 130,
            "Sixty kinds of licence accepted on behalf 六十类证照代收", "kept"),
    Promise("BH-02", REMOTE, "binhai", "baihe", 1, 130,
            "Applications of the half-year forwarded on the same day 半年件当日转递", "bettered"),
    Promise("BH-03", REMOTE, "binhai", "baihe", 0, 160,
            "A window for applicants of the south 设立南部专窗", "handed over"),
    Promise("HT-01", REMOTE, "haitang", "baihe", 0, 140,
            "A window with trained staff 设立专窗并配备人员", "kept"),
    Promise("HT-02", REMOTE, "haitang", "baihe", 3, 460,
            "Twenty more kinds of licence accepted 新增二十类代收", "inherited"),
    Promise("BE-01", REMOTE, "baihe", "binhai", 0, 150,
            "A hall for applicants from S City 设立S市专区", "kept"),
    Promise("BE-02", REMOTE, "baihe", "binhai", 1, 350,
            "Licences of the year issued in five working days 全年五个工作日发证", "broken"),
    Promise("YH-01", JOINT, "yunhu", "nanling", 1, 200,
            "Claims of Nanling's residents paid in thirty days 三十日内结算", "broken and repaired"),
    Promise("YH-02", JOINT, "yunhu", None, 0, 130,
            "A liaison officer in the joint office 联合窗口派驻联络员", "partly"),
    Promise("NL-01", JOINT, "nanling", "yunhu", 3, 130,
            "Claims sent in the common data format 按统一格式报送数据", "kept"),
    Promise("NL-02", JOINT, "nanling", "yunhu", 2, 340,
            "Bad reviews answered and rechecked 差评整改回访", "overturned"),
    Promise("NL-03", JOINT, "nanling", "yunhu", 3, 574,
            "The revised standards adopted 采用新版标准", "reported"),
)  # fmt: skip

QUARTERLY: Final = Promise(
    "LJ-01", ONLINE, "lujiang", "qingshan", 2, 175,
    "Cases of the quarter closed within five working days 本季度五个工作日办结", "kept",
)  # fmt: skip
"""It recurs every quarter, four times."""

QUARTERS: Final = 4

DEGREES: Final = {"QS-01": 6_000, "YH-02": 4_000, "LJ-02": 8_000}
"""To what degree, in basis points, those are confirmed that were not kept whole."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A compensation payment."""

    reference: str
    pact: str
    payer: str
    payee: str
    amount_minor: int
    confirmed: bool


PAYMENTS: Final = (
    Payment("PAY-1-LJ", ONLINE, "lujiang", "qingshan", 18_600_000, confirmed=True),
    Payment("PAY-1-BH", REMOTE, "binhai", "baihe", 4_305_000, confirmed=True),
    Payment("PAY-1-BE", REMOTE, "baihe", "binhai", 1_102_500, confirmed=False),
)
"""The last one is said to have been paid, and its payee has not confirmed it."""
