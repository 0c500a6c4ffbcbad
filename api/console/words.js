// Every text of the console, in both languages. A key that is missing in one is a mistake that a test finds.
export const WORDS = {
  en: {
    skip: "Skip to content", brand: "Inter-government ledger", momentTitle: "Moment of the scores", asOf: "As of", time: "Time",
    recorded: "recorded by then", effective: "effective by then", show: "Show",
    ranking: "Credit scores", rankingNote: "How likely each government is to keep its next ordinary commitment, with the 90 % interval. Best first.",
    place: "Place", government: "Government", score: "Score", interval: "Interval", settled: "Outcomes", standing: "Standing",
    loading: "Loading …", loaded: "{count} governments", none: "Nothing is recorded yet.", failed: "It could not be loaded: {detail}",
    back: "All scores", reasons: "Reasons", reasonsNote: "The base {base} and the points of all reasons add up to the score {score} exactly.",
    reasonsMore: "The {shown} largest of {count} reasons.", commitment: "Commitment", points: "Points", why: "Why", base: "Base", low: "Low", high: "High",
    commitments: "Commitments", agreement: "Agreement", creditor: "Owed to", everyone: "all other parties", due: "Due", state: "State", outcome: "Outcome",
    backfilled: "recorded after the fact", overdue: "overdue", evidence: "evidence",
    history: "History", recordedAt: "Recorded", event: "Event", about: "About", signer: "Signer", transaction: "Transaction", block: "block",
    transfer: "Transfer", proposal: "Proposal", more: "Show more", source: "As of {as_of} ({time}), policy {policy}, block {block}.",
    active: "active", evidenced: "evidence lodged", settledState: "settled", fulfilled: "fulfilled", partly: "partly kept", broken: "broken",
    proposed: "offered", contested: "contested", disputed: "disputed", declined: "declined", excused: "excused",
    good: "good", watched: "watched", disciplined: "disciplined", repaired: "repaired", unrated: "unrated",
  },
  zh: {
    skip: "跳到正文", brand: "政府间信用账本", momentTitle: "评分时点", asOf: "截至", time: "时间口径",
    recorded: "届时已登记", effective: "届时已生效", show: "查看",
    ranking: "信用分", rankingNote: "各政府履行下一项一般承诺的可能性，附 90% 区间，由高到低排列。",
    place: "名次", government: "政府", score: "信用分", interval: "区间", settled: "履约结果数", standing: "信用状态",
    loading: "正在载入……", loaded: "共 {count} 个政府", none: "尚无记录。", failed: "无法载入：{detail}",
    back: "全部信用分", reasons: "计分理由", reasonsNote: "基准分 {base} 加全部理由的分值，恰等于信用分 {score}。",
    reasonsMore: "共 {count} 条理由，显示影响最大的 {shown} 条。", commitment: "承诺", points: "分值", why: "理由", base: "基准分", low: "下限", high: "上限",
    commitments: "承诺", agreement: "协议", creditor: "受诺方", everyone: "其他各方", due: "到期", state: "状态", outcome: "履约结果",
    backfilled: "补录", overdue: "逾期", evidence: "履约证据",
    history: "登记历史", recordedAt: "登记时间", event: "事件", about: "相关", signer: "签署账户", transaction: "交易", block: "区块",
    transfer: "补偿支付", proposal: "提议", more: "显示更多", source: "截至 {as_of}（{time}），政策 {policy}，区块 {block}。",
    active: "履行中", evidenced: "已提交证据", settledState: "已有结果", fulfilled: "已履行", partly: "部分履行", broken: "未履行",
    proposed: "待接受", contested: "有异议", disputed: "争议中", declined: "已拒绝", excused: "免责",
    good: "良好", watched: "关注", disciplined: "惩戒中", repaired: "已修复", unrated: "未评级",
  },
};

let language = "en";

export function setLanguage(chosen) { language = chosen in WORDS ? chosen : "en"; }
export function getLanguage() { return language; }

export function say(key, values = {}) {
  const text = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
