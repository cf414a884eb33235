"""A page with every component, for tests and screenshots only: `python gallery.py PORT` serves it on loopback.

Accounts: any name of the demo list with the password `demo`; badge `0217` with PIN `123456`.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from ui import mount
from ui.components.actions import action_bar, bar_says, confirm, toast
from ui.components.chips import chip, clause_chip, cold_chip, due, person, state_chip, status_chip
from ui.components.panels import Mover, Refused, Way, empty, note, problem, refusal_panel, skeleton
from ui.components.progress import Moment, RailStep, progress_rail, timeline
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.components.tables import Column, data_table
from ui.context import Account, DemoAccount, SignIn, SignInAnswer, Site, UiContext
from ui.elements import Text, box, button, icon_button, key_hint
from ui.frame import frame, page_head
from ui.guard import Viewer, acting, page
from ui.texts import Lang

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 12, 8, 9, 46, 12, tzinfo=CHINA)
SITES = (Site("hz", {"zh": "杭州总仓", "en": "Hangzhou main"}), Site("nb", {"zh": "宁波分仓", "en": "Ningbo"}))
PEOPLE = {
    "inspector": Account("inspector", "陈晓雯", ("inspector",), SITES, "0217", None, "inspector", "Chen Xiaowen"),
    "auditor": Account("auditor", "高鸣", ("auditor",), SITES[:1], "0301", "zh", "auditor"),
}
DEMO = [
    DemoAccount(
        "inspector",
        "陈晓雯",
        {"zh": "验收员", "en": "Inspector"},
        {"zh": "验收待办、扫码、签名", "en": "Inspection, scanning, signing"},
    ),
    DemoAccount(
        "receiver",
        "王建国",
        {"zh": "收货员", "en": "Receiver"},
        {"zh": "平板收货、拒收、交接签字", "en": "Receiving on a tablet"},
    ),
    DemoAccount(
        "qa",
        "李敏",
        {"zh": "质量管理人员", "en": "Quality staff"},
        {"zh": "审核、不合格确认、异常处理", "en": "Review, nonconformities"},
    ),
    DemoAccount(
        "director",
        "沈国华",
        {"zh": "质量负责人", "en": "Quality director"},
        {"zh": "今日风险、质量裁决", "en": "Quality rulings"},
    ),
    DemoAccount(
        "owner",
        "方予",
        {"zh": "流程负责人", "en": "Process owner"},
        {"zh": "画流程、试运行、发布", "en": "SOPs: edit and publish"},
    ),
    DemoAccount(
        "auditor",
        "高鸣",
        {"zh": "内审员", "en": "Internal auditor"},
        {"zh": "只读，回放一单的全过程", "en": "Read only, replay of a case"},
    ),
    DemoAccount(
        "admin",
        "郑凯",
        {"zh": "系统管理员", "en": "Administrator"},
        {"zh": "账号和系统；不能签名", "en": "Accounts and system; cannot sign"},
    ),
    DemoAccount("keeper", "赵立明", {"zh": "库房管理员", "en": "Warehouse keeper"}, {"zh": "上架", "en": "Put-away"}),
]
SESSIONS: dict[str, Account] = {}


async def account_of(token: str) -> Account | None:
    """The account of a token of this gallery."""
    return SESSIONS.get(token)


async def sign_in(entered: SignIn) -> SignInAnswer:
    """Password `demo`; the account `locked` shows the locked message."""
    if entered.name == "locked":
        return SignInAnswer(code="locked", until="09:15")
    by_badge = entered.method == "badge" and (entered.name, entered.secret) == ("0217", "123456")
    account = PEOPLE["inspector"] if by_badge else PEOPLE.get(entered.name) if entered.secret == "demo" else None
    if account is None:
        return SignInAnswer(code="wrong")
    token = f"token-{len(SESSIONS)}-{account.id}"
    SESSIONS[token] = account
    return SignInAnswer(token=token)


async def sign_out(token: str) -> None:
    """Forget a session."""
    SESSIONS.pop(token, None)


def words(lang: Lang, zh: str, en: str) -> str:
    """Invented data of the gallery in one language."""
    return zh if lang == "zh" else en


def sign_request(lang: Lang, lines: int) -> SignRequest:
    """The signature of three (or more) inspected lines."""
    shown = [
        (
            words(lang, "乙型肝炎病毒表面抗原测定试剂盒（化学发光法）", "HBsAg assay kit (chemiluminescence)"),
            "B20261103",
            "40",
            "c81f4a02…9d",
        ),
        (words(lang, "一次性使用静脉留置针 24G", "IV catheter 24G, single use"), "261020", "600", "07be93d1…4c"),
        (words(lang, "医用外科口罩 平面形耳挂式", "Surgical mask, flat"), "M2611B", "1,950", "e25a6610…b3"),
    ]
    records = [
        SignRecord(
            name,
            words(lang, f"验收合格 {count}", f"{count} accepted"),
            digest,
            f"{words(lang, '批号', 'Lot')} {lot}",
            words(lang, "全部合格", "all passed"),
        )
        for name, lot, count, digest in (shown * 4)[:lines]
    ]
    return SignRequest(
        what=words(lang, f"验收 {lines} 行", f"inspect {lines} lines"),
        meaning=words(lang, "验收", "inspected"),
        sentence=words(
            lang,
            "我已按采购记录和随货同行单逐行查验外观、包装、标签和合格证明文件，以下结论属实。",
            "I checked appearance, packaging, label and papers of each line; the conclusions below are true.",
        ),
        records=records,
        signer="陈晓雯",
        post=words(lang, "验收员", "Inspector"),
        number="0217",
        server_time=NOW,
        subtitle=words(
            lang,
            "RI-20261208-003 · 收货、验收与入库 1.2.0 · 上海澄康医疗科技有限公司",
            "RI-20261208-003 · Receiving, inspection and put-away 1.2.0",
        ),
        reason_required=lines == 1,
    )


def register(ctx: UiContext) -> None:
    """The gallery page and one page that fails."""
    ctx.paths |= {"/", "/start", "/cases", "/studio", "/audit", "/admin"}

    @page(ctx, "/gallery", title="common.nav.inbox")
    def gallery(viewer: Viewer) -> None:
        with (
            frame(
                viewer,
                "inbox",
                crumbs=[(viewer.t("common.nav.cases"), "/cases"), ("RI-20261208-003", None)],
                inbox_count=7,
            ) as work,
            work,
        ):
            _page(viewer)

    @page(ctx, "/broken", title="common.nav.inbox")
    def broken(viewer: Viewer) -> None:
        Text("h1", "half drawn")
        raise RuntimeError("a page that fails")

    @page(ctx, "/hello/{name}", title="common.nav.inbox")
    async def hello(viewer: Viewer, name: str) -> None:
        Text("h1", name).mark("hello")
        await ui.context.client.connected()
        button("check", acting(lambda: toast("still here")), mark="check")
        button("fail", acting(_fail), mark="fail")


def _fail() -> None:
    raise RuntimeError("a handler that fails")


def _page(viewer: Viewer) -> None:
    lang = viewer.lang
    with page_head(
        words(lang, "验收 乙型肝炎病毒表面抗原测定试剂盒（化学发光法）", "Inspect HBsAg assay kit (chemiluminescence)"),
        "RI-20261208-003 · 1.2.0",
        back=(viewer.t("common.frame.back"), "/"),
        chips=lambda: _state_row(lang),
    ):
        button(
            words(lang, "看流程", "View case"),
            lambda: toast("ok", tone="good", lang=lang),
            icon_of="cases",
            small=True,
            mark="toast",
        )
        icon_button(
            "more", viewer.t("common.verbs.more"), lambda: confirm("?", "…", "OK", lambda: None, lang), mark="confirm"
        )
    _rail(lang)
    with box("pbody"):
        _chips(lang)
        _refusal(lang)
        _table(lang)
        _rest(lang)
    _bar(viewer)


def _state_row(lang: Lang) -> None:
    status_chip("PENDING", lang)
    cold_chip("2–8 ℃")


def _rail(lang: Lang) -> None:
    names = [
        ("到货登记", "Arrival"),
        ("收货核对", "Receive & check"),
        ("记入待验", "Post as pending"),
        ("冷链判定", "Cold-chain check"),
        ("验收", "Inspect"),
        ("放行", "Release"),
        ("上架", "Put away"),
        ("归档", "Seal"),
    ]
    steps = [
        RailStep(
            words(lang, zh, en),
            "done" if n < 4 else "active" if n == 4 else "next",
            "王建国 09:06" if n < 4 else words(lang, "您 · 第 1 行", "You · line 1") if n == 4 else "",
        )
        for n, (zh, en) in enumerate(names)
    ]
    progress_rail(steps, lang)


def _chips(lang: Lang) -> None:
    with box("card pad fx wrap"):
        for state in ("running", "completed", "submitted", "draft", "incident", "waiting"):
            state_chip(state, lang)
        for status in ("pending", "qualified", "rejected", "quarantined"):
            status_chip(status, lang)
        clause_chip(["64", "65", "67"], lang)
        chip(words(lang, "Ⅲ 类 · 体外诊断试剂", "Class III · IVD"))
        due(NOW - timedelta(minutes=35), NOW - timedelta(hours=8), NOW, lang)
        due(NOW + timedelta(minutes=50), NOW - timedelta(hours=8), NOW, lang)
        due(NOW + timedelta(hours=7), NOW - timedelta(hours=1), NOW, lang)
        due(NOW + timedelta(days=2), NOW, NOW, lang)
        person("陈晓雯", words(lang, "IVD 验收资质至 2027-03-31", "IVD qualification until 2027-03-31"))
        person("王建国", words(lang, "他是本单收货人，收验不得同人", "Received this delivery himself"), may_act=False)
        key_hint("J")
        key_hint("Ctrl", "enter")


def _refusal(lang: Lang) -> None:
    refusal_panel(
        Refused(
            title=words(
                lang, "不能判合格：生产日期晚于注册证有效期", "Cannot pass: made after the registration expired"
            ),
            why=words(
                lang,
                "注册证到期以后生产的产品，验收不能合格。您填的内容都还在。",
                "Goods made after the registration expired cannot pass inspection. What you typed is kept.",
            ),
            rule="RULE-03",
            rule_says=words(
                lang, "产品已审核，且生产日期不晚于注册证有效期", "Product approved and made while registered"
            ),
            articles=("54", "57"),
            override=words(lang, "这是法规要求，没有人可以放行", "The law requires this; nobody may override it"),
            who_can=[
                Mover(
                    words(lang, "李敏 质量管理人员", "Li Min, quality staff"),
                    words(lang, "确认不合格，决定退货或销毁", "confirms, returns or destroys"),
                )
            ],
            ways=[
                Way(
                    words(lang, "判不合格，转李敏确认", "Fail it, Li Min confirms"),
                    words(lang, "200 支移到不合格品区", "200 pieces go to the red zone"),
                    words(lang, "判不合格", "Fail"),
                    lambda: None,
                    icon_of="failed",
                ),
                Way(
                    words(lang, "日期看错了？", "Misread the date?"),
                    words(lang, "回去改生产日期或重新扫码", "Correct it or scan again"),
                    words(lang, "回去改", "Go back"),
                    lambda: None,
                    icon_of="undo",
                ),
            ],
            refusal_id="RF-20261208-0012",
            at="09:52:07",
            by="陈晓雯",
        ),
        lang,
    )


def _table(lang: Lang) -> None:
    rows = [
        ("收货、验收与入库", "1.0.0", "effective", 14),
        ("在库检查与养护", "1.2.1", "draft", 3),
        ("采购订单审批", "1.0.3", "submitted", 22),
    ]

    def state(row: tuple[str, str, str, int]) -> None:
        state_chip(row[2], lang)

    columns: list[Column[tuple[str, str, str, int]]] = [
        Column(words(lang, "流程", "Process"), lambda row: row[0]),
        Column(words(lang, "版本", "Version"), lambda row: row[1], mono=True),
        Column(words(lang, "状态", "State"), state),
        Column(words(lang, "运行中", "Running"), lambda row: str(row[3]), number=True),
    ]
    data_table(
        columns, rows, lang, label=words(lang, "流程库", "Processes"), on_open=lambda row: toast(row[0], lang=lang)
    )


def _rest(lang: Lang) -> None:
    with box("card pad"):
        timeline(
            [
                Moment(
                    "09:40", words(lang, "孙洁 认领裁决", "Sun Jie claimed the ruling"), icon_of="claim", tone="blue"
                ),
                Moment(
                    "10:29",
                    words(lang, "孙洁 被拒 RULE-06", "Sun Jie was refused, RULE-06"),
                    "RF-0007",
                    icon_of="refused",
                    tone="red",
                ),
                Moment(
                    "10:52",
                    words(lang, "林海峰 批准 签名 2/2", "Lin Haifeng approved, signature 2/2"),
                    icon_of="signed",
                    tone="violet",
                ),
            ]
        )
    note(
        words(lang, "被退回：箱数与随货同行单不符。", "Returned: the number of boxes differs from the note."),
        tone="violet",
        icon_of="returned",
    )
    problem(
        words(lang, "附件没有载入", "Attachments did not load"),
        words(lang, "服务器没有应答。已填内容还在。", "No answer from the server. What you typed is kept."),
        lang,
        on_retry=lambda: None,
        error_id="7c1e0093",
    )
    with box("card pad"):
        skeleton(3)
    with box("card"):
        empty(
            words(lang, "没有待办", "Nothing to do"),
            words(lang, "可认领 12 条。", "12 tasks can be claimed."),
            actions=lambda: button(words(lang, "看可认领", "Show claimable"), lambda: None) and None,
        )


def _bar(viewer: Viewer) -> None:
    lang = viewer.lang

    async def signed(credentials: Credentials) -> SignProblem | None:
        if credentials.password == "demo" or credentials.pin == "123456":
            toast(words(lang, "已签名", "Signed"), tone="good", lang=lang)
            return None
        return SignProblem(
            words(lang, "密码不对，还可以试 4 次。", "Wrong password, 4 tries left."),
            {1: words(lang, "这一行被拒", "this line was refused")},
        )

    with action_bar():
        button(
            words(lang, "不合格", "Fail"),
            lambda: SignDialog(sign_request(lang, 1), signed, lang).open(),
            icon_of="failed",
            kind="danger",
            mark="fail",
        )
        button(
            words(lang, "存疑，转质量裁决", "In doubt, ask for a ruling"),
            lambda: SignDialog(sign_request(lang, 9), signed, lang).open(),
            icon_of="doubt",
            mark="many",
        )
        bar_says(
            words(lang, "必填已齐，草稿已存 09:41", "All required fields done, draft saved 09:41"),
            words(lang, "验收人员与日期在签名时由系统写入", "Inspector and date are written at signing"),
        )
        button(
            words(lang, "合格，去签名", "Pass and sign"),
            lambda: SignDialog(sign_request(lang, 3), signed, lang).open(),
            icon_of="sign",
            kind="primary",
            keys=("Ctrl", "enter"),
            mark="gallery.sign",
        )


def application() -> FastAPI:
    """The gallery as an application of its own."""
    app = FastAPI()
    ctx = UiContext(
        office=None,
        account_of=account_of,
        sign_in=sign_in,
        sign_out=sign_out,
        now=lambda: NOW,
        company={"zh": "杭州安衡医疗器械有限公司", "en": "Hangzhou Anheng Medical Devices"},
        sites=SITES,
        demo_accounts=DEMO,
        version="0.1.0",
    )
    register(ctx)
    mount(app, ctx, storage_secret="gallery")
    return app


if __name__ in {"__main__", "__mp_main__"}:
    uvicorn.run(
        application(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        ws="websockets-sansio" if len(sys.argv) > 2 else "auto",
    )
