"""A task in front of a person: what it is, how it came here, the form, what follows, and the buttons in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from domain.errors import Fault, GspError, RefusedError
from domain.json_types import JsonObject
from services import drafts, outlook, tasks, temperature_log, udi
from services.late_entry import LateEntry
from ui.components.actions import toast
from ui.components.panels import Way, note, refusal_panel
from ui.components.sign import new_act_id
from ui.desk import office_of
from ui.desk.answering import KINDS, Answering
from ui.desk.bar import draw_bar, say_state
from ui.desk.beside import draw_beside
from ui.desk.clock import Clock
from ui.desk.drafting import Draft
from ui.desk.external import ExternalSignature
from ui.desk.head import draw_head, draw_notes, draw_rail
from ui.desk.incident import draw_incident
from ui.desk.late import LatePaper
from ui.desk.refusing import refused_panel
from ui.desk.side import draw_basis, draw_files, draw_outlook, draw_people, files_in, look_of
from ui.desk.signing import sign_request, sign_with
from ui.desk.talk import TalkCard
from ui.elements import box
from ui.forms import FormContext, FormView
from ui.guard import Viewer, acting
from ui.texts import choose

Finished = Callable[[str], Awaitable[Any]]
#: Seconds to look for an act that is accepted and not yet recorded.
LOOK_AGAIN = (0.5, 1, 2, 3, 5, 8)


class TaskPane:
    """Shows one task at a time into ``place``; ``on_finished(task_id)`` is awaited after it was completed here."""

    heading: Element
    say: Element

    def __init__(self, viewer: Viewer, place: Element, on_finished: Finished, *, back: str | None = None) -> None:
        self.viewer, self.place, self.on_finished, self.back = viewer, place, on_finished, back
        self.task: Any = None
        self.draft: Draft | None = None
        self.form: FormView | None = None
        self.external: ExternalSignature | None = None
        self.late: LatePaper | None = None
        self.answering: Answering | None = None
        self.busy = False
        self.act_ids: dict[str, str] = {}

    # ------------------------------------------------------------ opening

    async def show(self, task_id: str, *, focus: bool = False) -> None:
        """Open a task; raises ``RefusedError`` for one the person may not see."""
        viewer = self.viewer
        office, actor = office_of(viewer), viewer.actor
        if self.draft is not None:
            await self.draft.flush()
            self.draft.close()
        self.task = await tasks.detail(office, actor, task_id)
        self.around: Any = await outlook.surroundings(office, actor, task_id)
        kept: Any = await drafts.of_task(office, actor, task_id)
        beside = await drafts.load(office, actor, "external", task_id)
        self.clock = Clock(viewer, str(self.around["zone"]))
        self.kept: Any = kept if self.may("complete") else None
        self.ahead = await self._outlook(self.kept["data"] if self.kept else self.task["data"])
        self.beside: Any = (beside or {}).get("data") or {}
        self.act_ids, self.busy = {}, False
        self.answering = Answering(self) if self.task["kind"] in KINDS else None
        self._draw(focus)
        await self.talk.load()

    async def _outlook(self, values: JsonObject) -> list[JsonObject]:
        if not self.is_open or self.task["kind"] in KINDS:
            return []
        return await outlook.outlook(office_of(self.viewer), self.viewer.actor, self.task["id"], values)

    @property
    def is_open(self) -> bool:
        """Whether the task still waits for somebody."""
        return self.task["state"] == "open"

    def may(self, verb: str) -> bool:
        """Whether ``services`` let this person do that here."""
        return verb in self.task["allow"]

    def title(self) -> str:
        """What the task is: verb and object."""
        words, step = choose(self.task["title"], self.viewer.lang), str(self.task["step"])
        cell = next((one for one in self.around["rail"] if one.get("step") == step), None)
        if self.task["kind"] == "incident" and cell is not None and words.endswith(step):
            words = words.removesuffix(step) + choose(
                cell["title"], self.viewer.lang
            )  # it stopped before it had a title
        return words

    # ------------------------------------------------------------ drawing

    def _draw(self, focus: bool) -> None:
        self.form = self.draft = self.external = self.late = None
        self.place.clear()
        with self.place:
            draw_head(self)
            draw_rail(self)
            with box("panebody"):
                with box("panemain"):
                    self.top = box("stack")
                    with self.top:
                        draw_notes(self)
                    self._work()
                with box("paneside"):
                    self._side()
            draw_bar(self)
        with self.place:  # the button that asked for this is gone with what stood here before
            ui.run_javascript("setTimeout(() => gspDesk.rail(), 60)")
            if focus:
                ui.run_javascript(f"setTimeout(() => gspDesk.focus('{self.heading.html_id}'), 50)")
            else:
                ui.run_javascript("setTimeout(() => gspDesk.first(), 80)")

    def name_of(self, username: Any) -> str:
        if username == self.viewer.account.id:
            return self.viewer.t("task.you")
        return choose(self.around["names"].get(username) or str(username or ""), self.viewer.lang)

    def _work(self) -> None:
        task = self.task
        if task["kind"] == "incident":
            draw_incident(self)
        elif self.answering is not None:
            self.answering.draw()
        elif task["form"] is not None:
            self._form()
        else:
            note(self.viewer.t("task.no_form"))
        if task["external_signature"] and self.may("complete"):
            self.external = ExternalSignature(
                self.viewer, task["external_signature"], self.beside, self._external_changed
            )
            self.beside_draft = Draft(self.viewer, self.external.kept, self._save_beside, lambda: None)
        self.late_place = box()

    def _form(self) -> None:
        task = self.task
        form = {"schema": task["form"], "ui": task["ui"] or {}}
        context = FormContext(
            zone=str(self.around["zone"]),
            scope=form_scope(task["scope"], self.clock),
            target=task["data"],
            parse=udi.parse,
            curve=self._curve,
        )
        if not self.may("complete"):
            recorded = (self.around["result"] or {}).get("values")
            self.form = FormView(form, recorded or task["data"], self.viewer.lang, mode="read", context=context)
            return
        values = dict(self.kept["data"]) if self.kept else dict(task["data"])
        self.form = FormView(form, values, self.viewer.lang, context=context, on_change=self._changed)
        self.draft = Draft(
            self.viewer, lambda: dict(self.form.values) if self.form else {}, self._save, partial(say_state, self)
        )

    async def _curve(self, shown: JsonObject) -> JsonObject | None:
        log: Any = shown.get("transit_temp_log")
        journey = [
            value if isinstance(value := shown.get(name), str) else None for name in ("departure_time", "arrival_time")
        ]
        return await temperature_log.curve(
            office_of(self.viewer), self.viewer.actor, log["sha256"], str(self.around["zone"]), *journey
        )

    def _side(self) -> None:
        task, viewer = self.task, self.viewer
        self.look = box()
        self._draw_outlook()
        draw_beside(self)
        if self.is_open:
            titles = {str(cell.get("step")): choose(cell["title"], viewer.lang) for cell in self.around["rail"]}
            draw_people(viewer, task["who_may_act"], titles, task["assignee"])
        self._draw_talk()
        draw_basis(viewer, task["basis"], task["help"])
        draw_files(
            viewer,
            list(files_in([task["scope"].get("start"), task["data"], (self.around["result"] or {}).get("values")])),
            acceptance_of=task["case"] if task["scope"].get("data", {}).get("lines") else None,
        )

    def _draw_talk(self) -> None:
        task, running = self.task, self.task["case_state"] == "running"
        self.talk = TalkCard(self.viewer, self.clock, str(task["case"]), str(task["id"]), open_=running)

    def _draw_outlook(self) -> None:
        self.look.clear()
        if self.ahead:
            with self.look:
                draw_outlook(self.viewer, self.task["outcomes"], self.ahead)

    # ------------------------------------------------------------ drafts

    def _changed(self, seq: int) -> None:
        if self.draft is not None:
            self.draft.changed(seq)
        self.act_ids.clear()
        say_state(self)

    def _external_changed(self, seq: int) -> None:
        self.beside_draft.changed(seq)
        self.act_ids.clear()

    async def _save(self, values: JsonObject) -> None:
        await tasks.save_draft(office_of(self.viewer), self.viewer.actor, self.task["id"], values)
        ahead = await self._outlook(values)
        if ahead != self.ahead and not self.look.is_deleted:
            self.ahead = ahead
            self._draw_outlook()

    async def _save_beside(self, values: JsonObject) -> None:
        await drafts.save(office_of(self.viewer), self.viewer.actor, "external", self.task["id"], values)

    async def discard(self) -> None:
        office, actor = office_of(self.viewer), self.viewer.actor
        if self.draft is not None:
            self.draft.close()
            self.draft = None
        await drafts.discard_of_task(office, actor, self.task["id"])
        await drafts.discard(office, actor, "external", self.task["id"])
        await self.show(self.task["id"])

    # ------------------------------------------------------------ acting

    async def plain(self, act: Callable[..., Awaitable[Any]]) -> None:
        """Claim, release, retry: acts without a form."""
        task_id = self.task["id"]
        try:
            await act(office_of(self.viewer), self.viewer.actor, task_id)
        except GspError as fault:
            self._refused(fault, self.viewer.t("task.act_refused"))
            return
        if act is tasks.retry:
            toast(self.viewer.t("task.incident.retried"), tone="good", lang=self.viewer.lang)
            await self.on_finished(task_id)
        else:
            await self.show(task_id)

    async def primary(self) -> None:
        """Ctrl+Enter: the primary button."""
        if self.task is None or not self.is_open:
            return
        if self.task["kind"] == "incident":
            if self.may("retry"):
                await self.plain(tasks.retry)
        elif self.answering is not None:
            await self.answering.primary()
        elif self.may("complete"):
            await self.conclude(self.task["outcomes"][0]["key"])
        else:
            toast(choose(self.task["why_not"], self.viewer.lang), tone="bad", lang=self.viewer.lang)

    async def conclude(self, outcome: str) -> None:
        """A button of the bar: check what is filled in, then sign or complete."""
        if self.busy or not self.may("complete"):
            return
        if self.form is not None and self.form.check_all():
            say_state(self)
            return
        external = self.external.given() if self.external else None
        if self.external is not None and external is None:
            return
        late = self.late.given() if self.late else None
        if self.late is not None and late is None:
            return
        self.busy = True
        try:
            if self.draft is not None:
                await self.draft.flush()
            await self._decide(outcome, external, late)
        finally:
            self.busy = False

    async def _conclude_after(self, first: Callable[[], Any], outcome: str) -> None:
        first()
        await self.conclude(outcome)

    async def _decide(self, outcome: str, external: JsonObject | None, late: LateEntry | None) -> None:
        data = dict(self.form.values) if self.form is not None else {}
        given = tasks.Completion(data, outcome, None, external, late)
        if self.task["sign"] is None:
            await self._complete(given, self.act_ids.setdefault(outcome, new_act_id()))
            return
        office, actor = office_of(self.viewer), self.viewer.actor
        shown: Any = await tasks.preview(office, actor, self.task["id"], data)
        if shown["errors"]:
            self._tell(shown["errors"])
            return
        request = sign_request(self.viewer, self.clock, [(self.task, outcome, shown)], self.form)
        sign_with(self, request, given)

    def _tell(self, errors: list[Any]) -> None:
        from domain.errors import Text as Words

        faults = [Fault(one["pointer"], one["code"], Words(**one["message"])) for one in errors]
        if self.form is not None:
            self.form.tell(faults)

    async def _complete(self, given: tasks.Completion, act_id: str) -> None:
        try:
            done = await tasks.complete(office_of(self.viewer), self.viewer.actor, self.task["id"], given, act_id)
        except GspError as fault:
            self.refused(fault, str(given.outcome))
            return
        await self.finished(done)

    async def finished(self, done: Any) -> None:
        """The act is accepted: say so; when its record is late, look until it is there."""
        task_id, lang = self.task["id"], self.viewer.lang
        if self.draft is not None:
            self.draft.close()
        await drafts.discard(office_of(self.viewer), self.viewer.actor, "external", task_id)
        if "case" in done:
            toast(self.viewer.t("task.recorded"), tone="good", lang=lang)
            await self.on_finished(task_id)
            return
        self.place.clear()
        with self.place, box("panemain"):
            note(self.viewer.t("task.being_recorded"), strong=self.viewer.t("task.accepted"), icon_of="waiting")
            self._look_again(task_id, list(LOOK_AGAIN))

    async def acted(self, done: Any, words: str, *, leaves: bool = False) -> None:
        """A verb was done: say so; a task that has left the person's hands makes room for the next."""
        is_late = "case" not in done
        toast(self.viewer.t("task.accepted") if is_late else words, tone="good", lang=self.viewer.lang)
        if self.draft is not None:
            await self.draft.flush()
            self.draft.close()
            self.draft = None
        await (self.on_finished(self.task["id"]) if leaves else self.show(self.task["id"]))

    def _look_again(self, task_id: str, pauses: list[float]) -> None:
        async def look() -> None:
            found = await tasks.detail(office_of(self.viewer), self.viewer.actor, task_id)
            if found["state"] != "open" or len(pauses) == 1:
                await self.on_finished(task_id)
            else:
                self._look_again(task_id, pauses[1:])

        ui.timer(pauses[0], acting(look), once=True)

    def refused(self, fault: GspError, outcome: str) -> None:
        """The act was refused: the red panel on top, everything typed is still there."""
        titles = {one["key"]: choose(one["title"], self.viewer.lang) for one in self.task["outcomes"]}
        self._refused(fault, self.viewer.t("task.cannot", outcome=titles.get(outcome, outcome)), outcome)

    def _refused(self, fault: GspError, title: str, outcome: str = "") -> None:
        viewer = self.viewer
        self.top.clear()
        with self.top:
            if not isinstance(fault, RefusedError):
                note(f"{fault.text.said_in(viewer.lang)} {viewer.t('common.refusal.kept')}", tone="red", strong=title)
                return
            if fault.refusal.within == "/data" and self.form is not None:
                self.form.tell(fault.refusal.faults)
            refusal_panel(
                refused_panel(
                    viewer,
                    fault,
                    self.clock,
                    title=title,
                    people=self.task["who_may_act"],
                    ways=self._ways(fault, outcome),
                ),
                viewer.lang,
            )

    def _ways(self, fault: RefusedError, outcome: str) -> list[Way]:
        """What the person can do now, best first."""
        viewer, task_id = self.viewer, self.task["id"]
        if fault.refusal.status == 409:
            return [
                Way(
                    viewer.t("task.way.result"),
                    viewer.t("task.way.result_effect"),
                    viewer.t("task.way.result_do"),
                    acting(partial(self.show, task_id)),
                    icon_of="show",
                )
            ]
        ways: list[Way] = []
        if self.form is not None:
            form, pointer = self.form, next((one.pointer for one in fault.refusal.faults), "")
            first = pointer or next((name for name in form.boxes if form.boxes[name].focus_id()), "")
            ways.append(
                Way(
                    viewer.t("task.way.correct"),
                    viewer.t("task.way.correct_effect"),
                    viewer.t("task.way.correct_do"),
                    lambda: form.focus(first),
                    icon_of="edit",
                )
            )
        ways += [
            self.other_way(one)
            for one in self.task["outcomes"]
            if outcome and one["key"] != outcome and self.may("complete")
        ]
        return ways[:3]

    def other_way(self, one: Any, first: Callable[[], Any] = lambda: None) -> Way:
        viewer = self.viewer
        words = choose(one["title"], viewer.lang)
        ahead: Any = next((line["next"] for line in self.ahead if line["outcome"] == one["key"]), [])
        last = choose(ahead[-1]["title"], viewer.lang) if ahead else ""
        tone, drawing = look_of(one["key"])
        return Way(
            viewer.t("task.way.other", outcome=words),
            viewer.t("task.way.other_effect", title=last) if last else "",
            words,
            acting(partial(self._conclude_after, first, one["key"])),
            "danger" if tone == "red" else "plain",
            drawing,
        )


def form_scope(scope: JsonObject, clock: Clock) -> JsonObject:
    """What a form's expressions read on the page: the values given by ``services``, and the time."""
    now: Any = clock.now()
    day: Any = now.date()
    return {"steps": {}, "case": {}, "now": now, "today": day, **scope}
