"""The tab of running cases: what this version would do to each, before publishing too, and the migrations under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.errors import RefusedError
from domain.paths import step_of
from services import migration_undo, migrations
from services.actor import Proof
from ui.components.actions import toast
from ui.components.chips import Tone, chip, role_name
from ui.components.panels import note
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.elements import Text, attrs, box, button, link
from ui.guard import acting
from ui.studio.days import here_and_now, minute
from ui.studio.refused import show_refusal
from ui.studio.signing import ask_reason
from ui.texts import choose
from workflows.language.outline import outline_of

if TYPE_CHECKING:
    from ui.studio.bench import Bench

TONES: dict[str, Tone] = {"can": "green", "later": "yellow", "cannot": "red", "migrated": "green", "waiting": "grey"}
TONES |= {"surprise": "red", "undone": "grey", "closed": "grey"}
ICONS = {"can": "passed", "migrated": "passed", "later": "waiting", "waiting": "waiting", "undone": "undo"}
SHOWN_MAX = 100
SIGNER = "quality_director"


async def draw(bench: Bench) -> None:
    """Draw the tab."""
    await Running(bench).draw()


class Running:
    """The verdicts under a plan that is chosen here, and what was proposed before."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.moves: dict[str, str] = {}

    async def draw(self) -> None:
        """Verdicts on the left, migrations on the right."""
        bench = self.bench
        if not bench.shown["checked"]:
            note(bench.t("studio.running.not_checked"), tone="yellow", icon_of="info")
            return
        self.page = box("studiosigning")
        await self._again()

    async def _again(self) -> None:
        bench = self.bench
        actor, office = bench.viewer.actor, bench.office
        try:
            version = bench.shown["version"]
            found: Any = await migrations.impact(office, actor, bench.name, version, {"map": {**self.moves}})
            runs: list[Any] = await migrations.listing(office, actor, bench.name)
        except RefusedError as error:
            note(error.refusal.message.said_in(bench.viewer.lang), tone="yellow", icon_of="info")
            return
        names = {who: await bench.name_of(who) for run in runs for who in (run["proposed_by"], run["signed_by"]) if who}
        self.page.clear()
        with self.page:
            with box("stack grow"):
                self._impact(found)
            with box("stack side"):
                self._runs(runs, names)

    # ------------------------------------------------------------ verdicts
    def _impact(self, found: Any) -> None:
        bench = self.bench
        with attrs(box("card", "section"), data_testid="running.impact"):
            with box("cardhead"):
                Text("h2", bench.t("studio.running.title", version=bench.shown["version"]))
            with box("cardnote"):
                if not found["items"]:
                    Text("p", bench.t("studio.running.none"), "small")
                    return
                self._counts(found["counts"])
                self._plan(found["items"])
            for item in found["items"][:SHOWN_MAX]:
                self._case(item)
            self._propose(found["counts"])

    def _counts(self, counts: Any) -> None:
        """How many cases in each state, as one bar with its words below."""
        bench = self.bench
        some = {state: int(number) for state, number in counts.items() if number}
        with attrs(box("partbar"), aria_hidden="true"):
            for state, number in some.items():
                box(f"part {TONES[state]}").style(f"flex-grow: {number}")
        with box("fx wrap"):
            for state, number in some.items():
                chip(
                    f"{bench.t(f'studio.running.state.{state}')} {number}",
                    TONES[state],
                    icon_of=ICONS.get(state, "late"),
                )

    def _plan(self, items: list[Any]) -> None:
        """For each open step that the version has no place for: where its people go on."""
        bench = self.bench
        stuck = {step_of(r["path"]) for item in items for r in item["verdict"]["reasons"] if r["code"] in NEEDS_PLAN}
        known = outline_of(bench.desk.meaning()["definition"]).by_id
        for step in sorted({*stuck, *self.moves}):
            with box("field"):
                caption = Text("label", bench.t("studio.running.move", step=step))
                choice = attrs(box("box", "select"), data_testid=f"move.{step}")
                attrs(choice, id=choice.html_id)
                attrs(caption, for_=choice.html_id)
                with choice:
                    for name in ("", *known):
                        option = attrs(Text("option", name or bench.t("studio.running.stay")), value=name)
                        attrs(option, selected=True if self.moves.get(step, "") == name else None)
            choice.on("change", acting(lambda e, step=step: self._move(step, str(e.args))), js_handler=SEND_VALUE)

    async def _move(self, step: str, to: str) -> None:
        self.moves = {
            **{one: target for one, target in self.moves.items() if one != step},
            **({step: to} if to else {}),
        }
        await self._again()

    def _case(self, item: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        said = item["verdict"]
        with attrs(box("needrow"), data_testid=f"impact.{item['case']}"):
            with box("grow"):
                with box("fx wrap"):
                    link(item["business_key"] or item["case"], f"/cases/{item['case']}", "strong")
                    Text("span", item["version"], "mono small")
                    state = item["state"]
                    chip(bench.t(f"studio.running.state.{state}"), TONES[state], icon_of=ICONS.get(state, "late"))
                for one in [*said["reasons"], *said["notes"]][:3]:
                    Text("div", choose(one["message"], lang), "small")
                if said["can"]:
                    words = [
                        bench.t(f"studio.running.what.{s['what']}", step=s["step"], to=s["to"] or "")
                        for s in said["steps"]
                    ]
                    Text("div", "；".join(words[:6]) if lang == "zh" else "; ".join(words[:6]), "small")

    def _propose(self, counts: Any) -> None:
        bench = self.bench
        if not bench.viewer.actor.has("process_owner") or bench.shown["state"] != "effective":
            return
        with box("cardnote"):
            button(
                bench.t("studio.running.propose"),
                lambda: ask_reason(bench, "propose", self._proposed),
                icon_of="next",
                kind="primary",
                off_because=None if counts["can"] or counts["later"] else bench.t("studio.running.nothing"),
                mark="running.propose",
            )

    async def _proposed(self, reason: str) -> None:
        bench = self.bench
        wanted = migrations.Proposal(bench.name, bench.shown["version"], {"map": {**self.moves}}, reason)
        await migrations.propose(bench.office, bench.viewer.actor, wanted)

    # ------------------------------------------------------------ migrations
    def _runs(self, runs: list[Any], names: dict[str, str]) -> None:
        bench = self.bench
        with attrs(box("card", "section"), data_testid="running.runs"):
            with box("cardhead"):
                Text("h2", bench.t("studio.running.runs"))
                button(bench.t("studio.running.look"), acting(self._again), icon_of="retry", small=True)
            if not runs:
                with box("cardnote"):
                    Text("p", bench.t("studio.running.no_runs"), "small")
            for run in runs:
                self._run(run, names)

    def _run(self, run: Any, names: dict[str, str]) -> None:
        bench = self.bench
        with attrs(box("needrow"), data_testid=f"run.{run['id']}"), box("grow"):
            with box("fx wrap"):
                Text("b", f"→ {run['version']}", "mono strong")
                tone: Tone = "red" if run["state"] == "stopped" else "green" if run["state"] == "done" else "violet"
                chip(bench.t(f"studio.running.run.{run['state']}"), tone)
            Text(
                "div", f"{names.get(run['proposed_by'], '')} · {minute(run['proposed_at'])} · {run['reason']}", "small"
            )
            self._counts({state: number for state, number in run["counts"].items() if state in TONES})
            stopped = run["stopped"] or {}
            if stopped.get("case"):
                Text("div", bench.t("studio.running.surprised", case=stopped["case"]), "small")
            elif stopped.get("reason"):
                Text("div", stopped["reason"], "small")
            with box("fx wrap"):
                self._acts(run)

    def _acts(self, run: Any) -> None:
        bench, state = self.bench, run["state"]
        actor, key = bench.viewer.actor, run["id"]
        signs, decides = actor.has(SIGNER), actor.has(SIGNER) or actor.has("process_owner")
        if state == "proposed" and signs:
            button(
                bench.t("studio.signing.sign"),
                acting(lambda: self._sign(run, "sign")),
                icon_of="sign",
                kind="primary",
                mark="run.sign",
            )
        if state in ("held", "stopped") and decides:
            button(
                bench.t("studio.running.go_on"),
                acting(lambda: self._go_on(key)),
                icon_of="next",
                small=True,
                mark="run.go_on",
            )
        if state in ("proposed", "canary", "held", "running") and decides:

            async def stop(reason: str) -> None:
                await migrations.stop(bench.office, actor, key, reason)

            button(
                bench.t("studio.running.stop"),
                lambda: ask_reason(bench, "stop", stop),
                kind="danger",
                small=True,
                mark="run.stop",
            )
        if signs and run["counts"].get("migrated") or signs and run["counts"].get("surprise"):
            button(
                bench.t("studio.running.undo"),
                acting(lambda: self._sign(run, "undo")),
                icon_of="undo",
                small=True,
                mark="run.undo",
            )

    async def _go_on(self, key: str) -> None:
        bench = self.bench
        try:
            await migrations.go_on(bench.office, bench.viewer.actor, key)
        except RefusedError as error:
            show_refusal(bench.message, error, bench.viewer, bench.t("studio.signing.refused"))
        await self._again()

    def _sign(self, run: Any, what: str) -> None:
        """The sign dialog over a migration, or over taking it back."""
        bench, viewer = self.bench, self.bench.viewer
        subject = f"{bench.name} → {run['version']}"
        number = sum(run["counts"].values())
        request = SignRequest(
            what=subject,
            meaning=bench.t("studio.signing.meaning"),
            sentence=bench.t(f"studio.running.sentence.{what}", role=role_name(SIGNER, viewer.lang), n=number),
            records=[SignRecord(subject, bench.t(f"studio.running.{what}s"), run["id"][:16], run["reason"])],
            signer=viewer.account.name_in(viewer.lang),
            post=role_name(SIGNER, viewer.lang),
            number=viewer.account.number,
            server_time=here_and_now(viewer.ctx.now()),
        )

        async def on_sign(given: Credentials) -> SignProblem | None:
            proof = Proof(
                "approve", given.password or None, given.badge or None, given.pin or None, given.reason or None
            )
            act = migrations.sign if what == "sign" else migration_undo.undo
            try:
                answer: Any = await act(bench.office, viewer.actor, run["id"], proof)
            except RefusedError as error:
                return SignProblem(error.refusal.message.said_in(viewer.lang))
            left = answer.get("not_undone") or {}
            words = next((choose(why, viewer.lang) for why in left.values()), bench.t(f"studio.running.{what}ed"))
            toast(words, tone="bad" if left else "good", lang=viewer.lang)
            await self._again()
            return None

        with bench.layer:
            dialog = SignDialog(request, on_sign, viewer.lang)
        dialog.open()


SEND_VALUE = "(e) => emit(e.target.value)"
NEEDS_PLAN = ("step_gone", "step_elsewhere", "kind_changed", "branches_changed", "list_changed")
