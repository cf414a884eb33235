"""`/cases/{id}`: one case in words: what happened, what is next, who is waited for, and everything it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from domain.errors import RefusedError
from services import case_story, cases, history, talk
from services.outbox import register as register_of_deliveries
from services.views import CaseDetail
from ui.audit.lines import lines_part, moments_of
from ui.audit.rail import rail_of
from ui.audit.refused import refused_page
from ui.audit.sheet import sheet
from ui.audit.tell import TOLD_SHORT, Teller
from ui.casefile import documents as case_documents
from ui.casefile.lists import lists_part
from ui.casefile.relatives import has_relatives, relatives
from ui.casefile.superseded import gone_back_over
from ui.casefile.superseded import told as told_superseded
from ui.casefile.undoing import undo_buttons
from ui.casefile.waits import waits_part
from ui.components.chips import chip, state_chip
from ui.components.progress import progress_rail, timeline
from ui.context import UiContext
from ui.desk.clock import Clock
from ui.desk.talk import TalkCard
from ui.elements import Text, attrs, box, link
from ui.frame import AUDIT_ROLES, PROCESS_ROLES, frame, page_head
from ui.guard import Viewer, acting, page
from ui.texts import Lang, choose
from ui.trace.links import NUMBERS

#: Seconds a case has to be open before what it told the person counts as read.
SEEN_SECONDS = 1.0


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/cases/{id}", title="cases.title")
    async def one_case(viewer: Viewer, id: str) -> None:
        office: Any = viewer.ctx.office
        try:
            shown = await cases.detail(office, viewer.actor, id)
            records = await history.records(office, viewer.actor, id)
            refusals = await history.refusals(office, viewer.actor, id)
            story = await case_story.story(office, viewer.actor, id)
            sent = await register_of_deliveries.of_case(office, viewer.actor, id)
            printed = await case_documents.read(viewer, id)
        except RefusedError as refused:
            refused_page(viewer, "cases", refused)
            return
        copies = await talk.sent(office, viewer.actor, id)
        shows = CasePage(viewer, shown, records, refusals, Teller(story, shown["steps"], viewer.lang), sent, copies)
        shows.printed = printed
        shows.draw(str(story["zone"]))
        await shows.talk.load()
        # The socket of a signed-in person asks, so no link in a message ever marks anything by being fetched.
        ui.timer(SEEN_SECONDS, acting(partial(history.saw_case, office, viewer.actor, id)), once=True)


class CasePage:
    """The page of one case."""

    def __init__(
        self,
        viewer: Viewer,
        case: CaseDetail,
        records: list[Any],
        refusals: list[Any],
        teller: Teller,
        sent: Sequence[Any] = (),
        copies: Sequence[Any] = (),
    ) -> None:
        self.sent, self.copies = sent, copies
        self.printed: Any = {"items": [], "vouchers": []}
        self.viewer, self.case, self.records, self.refusals, self.teller = viewer, case, records, refusals, teller
        self.gone = gone_back_over(records)
        self.t = viewer.t
        self.lang: Lang = viewer.lang

    @property
    def _replay(self) -> str | None:
        may = AUDIT_ROLES | PROCESS_ROLES
        return f"/audit/cases/{self.case['id']}" if may & set(self.viewer.account.roles) else None

    def draw(self, zone: str) -> None:
        """Draw everything; times in the site's zone."""
        case, viewer = self.case, self.viewer
        name = str(case["business_key"] or case["id"])
        with frame(viewer, "cases", crumbs=[(self.t("cases.title"), "/cases"), (name, None)]) as work, work:
            title = f"{choose(_words(case['title']), self.lang)} {case['version']}"
            with page_head(name, title, back=(self.t("common.frame.back"), "/cases"), chips=self._chips):
                undo_buttons(viewer, self.teller, case)
                if self._replay:
                    link(self.t("cases.side.replay"), self._replay, "btn", icon_of="replay")
            progress_rail(rail_of(self.teller, case), self.lang)
            with box("pbody"), box("casegrid"):
                with box("main"):
                    self._now()
                    lines_part(self.teller, case, self.records, self.gone)
                    self._happened()
                    self._data()
                with attrs(box("side", "aside"), aria_label=self.t("cases.side.label")):
                    running = case["state"] == "running"
                    self.talk = TalkCard(viewer, Clock(viewer, zone), case["id"], None, open_=running)
                    self._relatives()
                    self._documents()
                    self._tasks()
                    self._notices()
                    self._evidence()

    def _chips(self) -> None:
        state_chip(self.case["state"], self.lang)
        if self.case["mode"] != "live":
            chip(self.t(f"cases.mode.{self.case['mode']}"), "violet", icon_of="info")

    def _part(self, title: str, mark: str) -> Any:
        part = attrs(box("card cpart", "section"), data_testid=mark)
        with part, box("phd"):
            heading = Text("h2", title)
            attrs(part, aria_labelledby=attrs(heading, id=heading.html_id).html_id)
        return part

    # ------------------------------------------------------------ now

    def _now(self) -> None:
        with self._part(self.t("cases.now.title"), "case.now"):
            waits_part(self.viewer, self.teller, self.case)
            with box("waits"):
                lists_part(self.viewer, self.teller, self.case)

    # ------------------------------------------------------------ behind

    def _happened(self) -> None:
        with self._part(self.t("cases.happened.title"), "case.happened"):
            told = [
                one for one in self.records if one["action"] in TOLD_SHORT and "[" not in str(one.get("path") or "")
            ]
            timeline(moments_of(self.teller, told, self.refusals, self.gone))
            if self._replay:
                link(self.t("cases.happened.all", n=len(self.records)), self._replay, "small tap")

    def _data(self) -> None:
        with self._part(self.t("cases.data.title"), "case.data"):
            Text("h3", self.t("cases.data.start"), "csub")
            sheet(self.teller, self.case["start"])
            Text("h3", self.t("cases.data.case"), "csub")
            sheet(self.teller, self.case["data"])

    # ------------------------------------------------------------ the side

    def _relatives(self) -> None:
        if has_relatives(self.case):
            with self._part(self.t("cases.relatives.title"), "case.relatives"):
                relatives(self.viewer, self.teller, self.case)

    def _documents(self) -> None:
        offered = bool(self.case["data"].get("lines"))
        found = dict(_files([self.case["start"], self.case["data"]]))
        with self._part(self.t("cases.side.documents"), "case.documents"), box("stack gap4"):
            if offered:
                href = f"/api/v1/cases/{self.case['id']}/documents/acceptance.pdf?lang={self.lang}"
                attrs(
                    link(self.t("cases.side.acceptance"), href, "btn", icon_of="file"),
                    target="_blank",
                    data_testid="acceptance",
                )
            case_documents.documents_part(self.viewer, self.case["id"], self.printed)
            if _has_lots([self.case["start"], self.case["data"]]):
                attrs(
                    link(self.t("cases.side.moved"), f"/trace?document={self.case['id']}", "btn", icon_of="trace"),
                    data_testid="case.trace",
                )
            code = f"/api/v1/labels/cases/{self.case['id']}?lang={self.lang}"
            attrs(
                link(self.t("scanner.print.code"), code, "btn", icon_of="print"), target="_blank", data_testid="label"
            )
            for sha256, name in found.items():
                link(name, f"/api/v1/attachments/{sha256}", "fx tap", icon_of="attach")

    def _tasks(self) -> None:
        with self._part(self.t("cases.side.tasks"), "case.tasks"):
            if not self.case["tasks"]:
                Text("p", self.t("cases.side.no_tasks"), "muted")
            over = {step["path"]: step.get("superseded_by") for step in self.case["steps"]}
            signed = {(one.get("path"), one.get("seat")) for one in self.records if one.get("signature")}
            with box("tasklist", "ul"):
                for task in self.case["tasks"]:
                    with box(tag="li"):
                        self._task(task, over.get(task["path"]), (task["path"], task["seat"]) in signed)

    def _task(self, task: Mapping[str, Any], over: Any, signed: bool) -> None:
        title, struck = choose(_words(task["title"]), self.lang), " struck" if task["state"] == "superseded" else ""
        if "/tasks/{id}" in self.viewer.ctx.paths:
            link(title, f"/tasks/{task['id']}", f"tap{struck}")
        else:
            Text("span", title, struck.strip())
        state_chip(task["state"], self.lang)
        Text("span", self._by(task), "small")
        if task.get("prepared_by"):
            attrs(Text("span", self._prepared(task, signed), "small told"), data_testid="case.prepared")
        if struck and over:
            attrs(Text("span", told_superseded(self.teller, over), "small told"), data_testid="case.superseded")

    def _prepared(self, task: Mapping[str, Any], signed: bool) -> str:
        """Two names stand at a task that was delegated: who prepared it, and who signed or did it."""
        by, who = self.teller.person(task["prepared_by"]), self.teller.person(task["done_by"] or task["assignee"])
        if task["state"] == "open":
            return self.t("cases.side.prepared_waits", by=by, who=who)
        return self.t("cases.side.prepared_signed" if signed else "cases.side.prepared_done", by=by, who=who)

    def _by(self, task: Mapping[str, Any]) -> str:
        if task["done_by"]:
            outcome = self.teller.outcome(str(task["step"]), task["outcome"])
            done = self.teller.moment(str(task["done_at"]))
            return f"{self.teller.person(task['done_by'])} {outcome} {done:%m-%d %H:%M}"
        return self.teller.person(task["assignee"]) if task["assignee"] else self.teller.roles(list(task["roles"]))

    def _notices(self) -> None:
        """What was sent for information, and who has read it when."""
        if not self.copies:
            return
        with self._part(self.t("cases.side.notices"), "case.notices"), box("tasklist", "ul"):
            for one in self.copies:
                with box(tag="li"):
                    Text("span", choose(_words(one["title"]), self.lang))
                    Text("time", f"{self.teller.moment(one['at']):%m-%d %H:%M}", "small nowrap")
                    Text("span", self.teller.roles(list(one["roles"])), "small")
                    Text("span", self._read_by(one["readers"]), "small")
                    self._deliveries(str(one["id"]))

    def _deliveries(self, notice: str) -> None:
        """Who got a notice outside the screen, and read it when."""
        for one in self.sent:
            if one["notice"] != notice or one["state"] == "needless":
                continue
            told = [self.teller.person(one["account"]), self.t(f"mine.channel.{one['channel']}")]
            told.append(self.t(f"admin.deliveries.state.{one['state']}"))
            if one["sent_at"]:
                told[-1] = self.t("admin.deliveries.sent_at", time=f"{self.teller.moment(one['sent_at']):%m-%d %H:%M}")
            if one["read_at"]:
                told.append(
                    self.t("admin.deliveries.read_at", time=f"{self.teller.moment(one['read_at']):%m-%d %H:%M}")
                )
            attrs(Text("div", " · ".join(told), "small told"), data_testid="case.delivery")

    def _read_by(self, readers: list[Any]) -> str:
        if not readers:
            return self.t("cases.side.unread")
        named = [
            f"{choose({'zh': one['name'], 'en': one['name_en']}, self.lang)} {self.teller.moment(one['at']):%m-%d %H:%M}"
            for one in readers
        ]
        return self.t("cases.side.read_by", who=("、" if self.lang == "zh" else ", ").join(named))

    def _evidence(self) -> None:
        case = self.case
        with self._part(self.t("cases.side.evidence"), "case.evidence"), box("kv evid"):
            for name, value in (
                ("records", str(case["seq"])),
                ("definition", f"{case['version']} · {case['sha256'][:12]}"),
                ("pinned", case["pinned_sha256"][:16]),
                ("head", case["head"][:16]),
            ):
                Text("span", self.t(f"cases.side.{name}"))
                attrs(Text("span", value, "mono"), title=str(case.get(f"{name}_sha256") or case.get(name) or value))


def _words(title: Any) -> Mapping[str, str]:
    """A title of a view as words."""
    return title


def _has_lots(value: Any) -> bool:
    """Whether a lot or a unit is named anywhere below a value."""
    if isinstance(value, Mapping):
        return any(name in NUMBERS or _has_lots(below) for name, below in value.items())
    return isinstance(value, list) and any(_has_lots(below) for below in value)


def _files(value: Any) -> list[tuple[str, str]]:
    """Every attachment below a value: (sha256, name)."""
    if isinstance(value, Mapping):
        if value.get("sha256") and value.get("name"):
            return [(str(value["sha256"]), str(value["name"]))]
        return [one for inner in value.values() for one in _files(inner)]
    return [one for inner in value for one in _files(inner)] if isinstance(value, list) else []
