"""The sign dialog: what the signature means, every record it covers, who signs, and proof that it is he or she.

The dialog asks; it signs nothing itself. `on_sign` hands the credentials to `services` and says what went wrong, if
anything. Passwords pass through one event and are kept nowhere: no element is bound to them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from domain.ids import ulid
from ui.components.chips import avatar
from ui.elements import Text, attrs, box, button, icon, icon_button, key_hint
from ui.texts import Lang, t

#: More lines than this and the list must be scrolled to its end before signing.
LINES_SEEN_AT_ONCE = 6
READ_TO_END = "(e) => { const b = e.target; if (b.scrollTop + b.clientHeight >= b.scrollHeight - 4) emit() }"
SEND_FORM = "(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }"


@dataclass(frozen=True)
class SignRecord:
    """One record under the signature: what it is about, its conclusion, and the start of its content hash."""

    subject: str
    conclusion: str
    hash_prefix: str
    subject_note: str = ""
    conclusion_note: str = ""


@dataclass(frozen=True)
class SignRequest:
    """Everything the dialog shows. `sentence` is the meaning in the signer's person; `server_time` is aware."""

    what: str
    meaning: str
    sentence: str
    records: Sequence[SignRecord]
    signer: str
    post: str
    number: str
    server_time: datetime
    subtitle: str = ""
    reason_required: bool = False
    reauthenticate: bool = True


@dataclass(frozen=True)
class Credentials:
    """What the person typed. `act_id` is made once for an open dialog, so a repeated press is the same act."""

    act_id: str
    password: str = field(default="", repr=False)
    badge: str = ""
    pin: str = field(default="", repr=False)
    reason: str = ""


@dataclass(frozen=True)
class SignProblem:
    """Why nothing, or not everything, was signed: a sentence, and sentences by position in the list of records."""

    message: str
    lines: Mapping[int, str] = field(default_factory=dict)


SignHandler = Callable[[Credentials], Awaitable[SignProblem | None]]


def new_act_id() -> str:
    """A fresh act id (ULID)."""
    return ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10))


class SignDialog:
    """The dialog of one signature. `open()` shows it; it closes itself when `on_sign` returned None."""

    def __init__(
        self, request: SignRequest, on_sign: SignHandler, lang: Lang, on_hide: Callable[[], Any] | None = None
    ) -> None:
        self.request, self.on_sign, self.on_hide = request, on_sign, on_hide
        self.lang: Lang = lang
        self.act_id = new_act_id()
        self.by_badge = self.busy = False
        self.seen = len(request.records) <= LINES_SEEN_AT_ONCE
        with ui.dialog().props("persistent") as self.dialog:
            self._draw()
        self.dialog.on("hide", self._hidden, js_handler="() => emit()")

    def _hidden(self) -> Any:
        self.dialog.delete()
        return self.on_hide() if self.on_hide is not None else None

    def open(self) -> None:
        """Show the dialog and start its server clock; the password field takes the focus."""
        self.dialog.open()
        now = self.request.server_time
        offset = int((now.utcoffset() or now.astimezone().utcoffset() or now - now).total_seconds()) // 60
        sign = "+" if offset >= 0 else "-"
        zone = f"UTC{sign}{abs(offset) // 60}" + (f":{abs(offset) % 60:02d}" if offset % 60 else "")
        # Numbers and our own element id only: nothing from data enters the script.
        ui.run_javascript(
            f"setTimeout(() => gspClock('{self.clock.html_id}', {int(now.timestamp() * 1000)}, '{zone}', {offset}), 60)"
        )

    def close(self) -> None:
        """Hide the dialog and forget it; what was typed is gone with it."""
        self.dialog.close()

    def t(self, key: str, **values: object) -> str:
        """Words of the dialog."""
        return t(f"common.sign.{key}", self.lang, **values)

    def _draw(self) -> None:
        card = attrs(box("dlg"), data_testid="sign")
        card.on("keydown.esc", self.close, js_handler="() => emit()")
        with card, box(tag="form") as form:
            attrs(form, method="dialog", novalidate=True, autocomplete="off")
            form.on("submit", self._submit, js_handler=SEND_FORM)
            title = self._head()
            with box("c"):
                self._meaning()
                self._records()
                self._signer()
            self._foot()
        attrs(self.dialog, aria_labelledby=title.html_id)

    def _head(self) -> Element:
        with box("h"):
            with attrs(box("av big", "span"), aria_hidden="true"):
                icon("sign")
            with box("grow"):
                title = Text("h1", self.t("title", what=self.request.what))
                attrs(title, id=title.html_id)
                if self.request.subtitle:
                    Text("div", self.request.subtitle, "small")
            icon_button("close", t("common.verbs.close", self.lang), self.close)
        return title

    def _meaning(self) -> None:
        with box("mean"):
            icon("meaning", "l")
            with box():
                Text("b", self.t("meaning", meaning=self.request.meaning))
                Text("div", self.request.sentence)

    def _records(self) -> None:
        many = len(self.request.records)
        with box():
            with box("fx wrap"):
                Text("h2", self.t("records", n=many) if many > 1 else self.t("records_one"))
                if many > 1:
                    Text("span", self.t("records_note"), "small")
            self.list = attrs(
                box("sl" if self.seen else "sl long"), tabindex="0", role="region", aria_label=self.t("records", n=many)
            )
            if not self.seen:
                self.list.on("scroll", self._read_to_end, js_handler=READ_TO_END, throttle=0.2)
            with self.list:
                self._table({})

    def _table(self, lines: Mapping[int, str]) -> None:
        with box("t", "table"):
            with box(tag="thead"), box(tag="tr"):
                attrs(Text("th", self.t("subject")), colspan=2, scope="col")
                attrs(Text("th", self.t("conclusion")), scope="col")
                attrs(Text("th", self.t("hash"), "n"), scope="col")
            with box(tag="tbody"):
                for position, record in enumerate(self.request.records):
                    self._record(record, lines.get(position))

    def _record(self, record: SignRecord, fault: str | None) -> None:
        with box("bad" if fault else "", "tr"):
            with box(tag="td"):
                icon("late" if fault else "passed", "badc" if fault else "okc")
            with box(tag="td"):
                Text("b", record.subject, "strong")
                Text("div", record.subject_note, "small")
            with box(tag="td"):
                Text("div", record.conclusion)
                Text("div", fault or record.conclusion_note, "msg" if fault else "small")
            Text("td", record.hash_prefix, "hash")

    def _signer(self) -> None:
        with box("auth"):
            with box():
                Text("span", self.t("signer"), "lb")
                with box("person"):
                    avatar(self.request.signer, classes="big")
                    with box():
                        with box(tag="span"):
                            Text("b", self.request.signer, "strong")
                            more = [self.request.post] + (
                                [t("common.frame.staff_number", self.lang, number=self.request.number)]
                                if self.request.number
                                else []
                            )
                            Text("span", " · " + " · ".join(more))
                        before, _, after = self.t("server_time", time="\0").partition("\0")
                        with box("small"):
                            Text("span", before)
                            self.clock = Text("span", self.request.server_time.strftime("%Y-%m-%d %H:%M:%S"))
                            attrs(self.clock, id=self.clock.html_id)
                            Text("span", after)
                if self.request.reason_required:
                    self._reason()
            if self.request.reauthenticate:
                self.proof = box()
                self._proof()

    def _reason(self) -> None:
        with box("field").style("margin-top:12px"):
            caption = Text("label", f"{self.t('reason')} *")
            area = attrs(box("box", "textarea"), name="reason", rows=3, required=True, maxlength=2000)
            attrs(area, id=area.html_id)
            attrs(caption, for_=area.html_id)

    def _proof(self) -> None:
        self.proof.clear()
        with self.proof:
            with box("fx").style("justify-content:space-between;margin-bottom:4px"):
                Text("span", self.t("again"), "small")
                with attrs(box("seg"), role="group", aria_label=self.t("again")):
                    for badge, words in ((False, self.t("password")), (True, self.t("badge_pin"))):
                        choice = attrs(
                            Text("button", words), type="button", aria_pressed=str(badge == self.by_badge).lower()
                        )
                        choice.on("click", partial(self._switch, badge), js_handler="() => emit()")
            if self.by_badge:
                self._input("badge", self.t("badge_hint"), "text", inputmode="none", autofocus=True)
                box().style("height:8px")
                self._input("pin", self.t("pin"), "password", inputmode="numeric", maxlength=12)
            else:
                self._input("password", self.t("password"), "password", autocomplete="current-password", autofocus=True)
            self.message = attrs(Text("div", "", "msg"), role="alert", data_testid="sign.message")

    def _input(self, name: str, words: str, kind: str, **more: str | int | bool) -> None:
        control = attrs(box("box", "input"), name=name, type=kind, aria_label=words, placeholder=words, **more)
        attrs(control, data_testid=f"sign.{name}")

    def _foot(self) -> None:
        with box("f"):
            Text("span", self.t("final"), "small")
            button(self.t("go_back"), self.close, keys=("Esc",))
            many = len(self.request.records)
            words = self.t("submit_many", n=many) if many > 1 else self.t("submit")
            self.go = attrs(box("btn primary", "button"), type="submit", data_testid="sign.submit")
            with self.go:
                icon("sign")
                Text("span", words)
                key_hint("enter")
            self._lock_until_seen()

    def _lock_until_seen(self) -> None:
        self.go.classes(add="" if self.seen else "off", remove="off" if self.seen else "")
        attrs(self.go, aria_disabled=str(not self.seen).lower(), title="" if self.seen else self.t("read_to_end"))

    def _read_to_end(self) -> None:
        if not self.seen:
            self.seen = True
            self._lock_until_seen()

    def _switch(self, badge: bool) -> None:
        self.by_badge = badge
        self._proof()

    def _missing(self, entered: Mapping[str, Any]) -> str | None:
        if not self.seen:
            return self.t("read_to_end")
        if self.request.reason_required and not str(entered.get("reason", "")).strip():
            return self.t("reason_required")
        if not self.request.reauthenticate:
            return None
        if self.by_badge:
            return None if entered.get("badge") and entered.get("pin") else self.t("badge_required")
        return None if entered.get("password") else self.t("password_required")

    async def _submit(self, event: GenericEventArguments) -> None:
        """Ask for what is missing, else sign; a second press while the first is on its way does nothing."""
        entered = event.args if isinstance(event.args, dict) else {}
        missing = self._missing(entered)
        if missing or self.busy:
            self._say(missing or self.t("signing"))
            return
        self.busy = True
        self.go.classes(add="off")
        try:
            given = {name: str(entered.get(name, "")) for name in ("password", "badge", "pin", "reason")}
            problem = await self.on_sign(Credentials(self.act_id, **given))
        finally:
            self.busy = False
            self.go.classes(remove="off")
        if problem is None:
            self.close()
            return
        self._say(problem.message)
        self.list.clear()
        with self.list:
            self._table(problem.lines)

    def _say(self, words: str) -> None:
        if self.request.reauthenticate:
            self.message.text = words
        else:
            ui.notify(words, type="negative")
