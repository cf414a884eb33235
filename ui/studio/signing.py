"""The signing tab: who submitted and signed, who is missing, what will happen, and the two acts that lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain.errors import RefusedError
from services import publishing
from services.actor import Proof
from ui.components.actions import confirm, toast
from ui.components.chips import chip, role_name
from ui.components.panels import note
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.guard import acting
from ui.studio.days import day, here_and_now, minute, said_reason
from ui.studio.desk import CASES
from ui.studio.home import running_by_definition
from ui.studio.refused import show_refusal
from ui.texts import choose

if TYPE_CHECKING:
    from ui.studio.bench import Bench

HASH_SHOWN = 16


async def draw(bench: Bench) -> None:
    """Draw the tab."""
    running = await running_by_definition(bench.viewer, bench.name)
    shown = bench.shown
    signers = [item["signer"] for item in shown["signatures"]]
    names = {who: await bench.name_of(who) for who in {shown["submitted_by"], shown["saved_by"], *signers} if who}
    with box("studiosigning"):
        with box("stack grow"):
            _steps(bench, names)
            _effect(bench, running)
        with box("stack side"):
            _content(bench, names)
            _history(bench)


# ------------------------------------------------------------ who signs
def _steps(bench: Bench, names: dict[str, str]) -> None:
    shown = bench.shown
    with box("card"):
        with box("cardhead"):
            Text("h2", bench.t("studio.signing.title"))
            chip("GSP-20 · RULE-18", "grey", icon_of="clause")
        _submission(bench, names)
        if CASES not in bench.desk.files:
            with box("cardnote"):
                note(bench.t("trial.tests.untested"), tone="yellow", icon_of="info")
        for role in publishing.SIGNING_ROLES:
            _seat(bench, role, names)
        if shown["state"] == "draft":
            why = bench.why_not_submit()
            with box("cardnote"):
                note(
                    why or bench.t("studio.signing.ready"),
                    tone="yellow" if why else "green",
                    icon_of="warning" if why else "passed",
                )


def _submission(bench: Bench, names: dict[str, str]) -> None:
    shown = bench.shown
    done = shown["state"] != "draft"
    with box("signrow done" if done else "signrow"):
        icon("passed" if done else "draft", "okc" if done else "")
        with box("grow"):
            if done:
                Text("b", bench.t("studio.signing.submitted", by=names.get(shown["submitted_by"], "")), "strong")
                Text(
                    "div",
                    f"{minute(shown['submitted_at'])} · {said_reason(shown['reason'], bench.viewer.lang)}".rstrip(" ·"),
                    "small",
                )
            else:
                Text("b", bench.t("studio.signing.not_submitted"), "strong")
                Text("div", bench.t("studio.signing.not_submitted_note"), "small")


def _seat(bench: Bench, role: str, names: dict[str, str]) -> None:
    lang = bench.viewer.lang
    signature: Any = next((item for item in bench.shown["signatures"] if item["role"] == role), None)
    with attrs(box("signrow done" if signature else "signrow"), data_testid=f"seat.{role}"):
        icon("signed" if signature else "waiting", "okc" if signature else "warnc")
        with box("grow"):
            if signature:
                Text(
                    "b",
                    bench.t("studio.signing.signed", by=names[signature["signer"]], role=role_name(role, lang)),
                    "strong",
                )
                Text("div", f"{minute(signature['at'])} · SHA-256 {signature['sha256'][:HASH_SHOWN]}", "small mono")
            else:
                Text("b", bench.t("studio.signing.missing", role=role_name(role, lang)), "strong")
                Text("div", bench.t("studio.signing.missing_note"), "small")
        if not signature and bench.shown["state"] == "submitted":
            _sign_button(bench, role)


def _sign_button(bench: Bench, role: str) -> None:
    why = _why_not_sign(bench, role)
    if bench.viewer.actor.has(role) or why is None:
        button(
            bench.t("studio.signing.sign"),
            acting(lambda: ask_sign(bench, role)),
            icon_of="sign",
            kind="primary",
            off_because=why,
            mark=f"sign.{role}",
        )
        if why:
            Text("span", why, "small")


def _why_not_sign(bench: Bench, role: str) -> str | None:
    """Why this person cannot sign as ``role`` now; ``services`` decides again."""
    me = bench.viewer.actor
    if not me.has(role):
        return bench.t("studio.off.role", role=role_name(role, bench.viewer.lang))
    if bench.shown["submitted_by"] == me.id:
        return bench.t("studio.off.own")
    if any(item["signer"] == me.id for item in bench.shown["signatures"]):
        return bench.t("studio.off.signed")
    return None


def ask_sign(bench: Bench, role: str) -> None:
    """The sign dialog over the content hash of this version."""
    viewer, shown = bench.viewer, bench.shown
    title = choose(shown["title"], viewer.lang)
    sha = str(shown["sha256"] or "")
    changes = (
        bench.t("studio.signing.first_version")
        if not bench.in_force
        else bench.t("studio.signing.replaces", version=bench.in_force["version"])
    )
    request = SignRequest(
        what=f"{title} {shown['version']}",
        meaning=bench.t("studio.signing.meaning"),
        sentence=bench.t("studio.signing.sentence", role=role_name(role, viewer.lang), version=shown["version"]),
        records=[
            SignRecord(
                f"{title} {shown['version']}", bench.t("studio.signing.approved"), sha[:HASH_SHOWN], bench.name, changes
            )
        ],
        signer=viewer.account.name_in(viewer.lang),
        post=role_name(role, viewer.lang),
        number=viewer.account.number,
        server_time=here_and_now(viewer.ctx.now()),
        subtitle=bench.t("studio.signing.subtitle"),
    )

    async def on_sign(given: Credentials) -> SignProblem | None:
        proof = Proof("approve", given.password or None, given.badge or None, given.pin or None, given.reason or None)
        try:
            answer: Any = await publishing.publish(
                bench.office, viewer.actor, bench.name, shown["version"], proof, role
            )
        except RefusedError as error:
            show_refusal(bench.message, error, viewer, bench.t("studio.signing.refused"))
            return SignProblem(error.refusal.message.said_in(viewer.lang))
        words = (
            bench.t("studio.signing.in_force", version=shown["version"])
            if not answer["missing"]
            else bench.t("studio.signing.one_more")
        )
        toast(words, tone="good", lang=viewer.lang)
        await bench.again()
        return None

    with bench.layer:
        dialog = SignDialog(request, on_sign, viewer.lang)
    dialog.open()


# ------------------------------------------------------------ what will happen
def _effect(bench: Bench, running: dict[str, int]) -> None:
    state = bench.shown["state"]
    with box("card"):
        with box("cardhead"):
            Text("h2", bench.t("studio.effect.title"))
        with box("effects", "ul"):
            _says("scheduled", _when(bench))
            if (
                bench.in_force
                and bench.in_force["version"] != bench.shown["version"]
                and state in ("draft", "submitted", "scheduled")
            ):
                _says("superseded", bench.t("studio.effect.replaces", version=bench.in_force["version"]))
            _says("start", bench.t("studio.effect.new_cases", version=bench.shown["version"]))
            _says("locked", bench.t("studio.effect.running_stay"))
        _running(bench, running)


def _when(bench: Bench) -> str:
    shown = bench.shown
    if shown["state"] in ("effective", "superseded", "scheduled"):
        since = minute(shown["effective_from"])
        until = minute(shown["effective_until"])
        return (
            bench.t("studio.effect.since_until", since=since, until=until)
            if until
            else bench.t("studio.effect.since", since=since)
        )
    if shown["state"] == "withdrawn":
        return bench.t("studio.effect.withdrawn")
    definition: Any = bench.desk.meaning()["definition"]
    wanted = definition.get("effective_from") if isinstance(definition, dict) else None
    return bench.t("studio.effect.not_before", day=str(wanted)) if wanted else bench.t("studio.effect.last_signature")


def _says(meaning: str, words: str) -> None:
    with box("fx start", "li"):
        icon(meaning, "s")
        Text("span", words)


def _running(bench: Bench, running: dict[str, int]) -> None:
    with box("cardnote"):
        if not running:
            Text("p", bench.t("studio.effect.none_running"), "small")
            return
        with attrs(box("t", "table"), aria_label=bench.t("studio.effect.running")):
            with box(tag="thead"), box(tag="tr"):
                attrs(Text("th", bench.t("studio.effect.running")), scope="col")
                attrs(Text("th", bench.t("studio.effect.number"), "n"), scope="col")
                attrs(Text("th", bench.t("studio.effect.verdict")), scope="col")
            with box(tag="tbody"):
                for version, number in sorted(running.items()):
                    with attrs(box(tag="tr"), data_testid=f"running.{version}"):
                        Text("td", version, "mono")
                        Text("td", str(number), "n")
                        Text("td", bench.t("studio.effect.stays", version=version))


# ------------------------------------------------------------ what is signed
def _content(bench: Bench, names: dict[str, str]) -> None:
    shown = bench.shown
    with box("card"):
        with box("cardhead"):
            Text("h2", bench.t("studio.content.title"))
        with box("kv cardnote"):
            Text("span", bench.t("studio.content.hash"))
            Text("span", str(shown["sha256"] or bench.t("studio.content.no_hash")), "mono")
            Text("span", bench.t("studio.content.files"))
            Text("span", str(len(bench.desk.files)))
            Text("span", bench.t("studio.content.saved"))
            Text("span", f"{names.get(shown['saved_by'], '')} · {minute(shown['saved_at'])}")
            if shown["source"] == "shipped":
                Text("span", bench.t("studio.content.source"))
                Text("span", bench.t("studio.signing.shipped"))
        if shown["state"] == "submitted" and any(
            bench.viewer.actor.has(role) for role in ("process_owner", "quality_director")
        ):
            with box("cardnote"):
                button(
                    bench.t("studio.withdraw"),
                    lambda: ask_withdraw(bench),
                    icon_of="undo",
                    kind="danger",
                    small=True,
                    mark="studio.withdraw",
                )
        if shown["state"] == "draft" and bench.viewer.actor.has("process_owner"):
            with box("cardnote"):
                button(
                    bench.t("studio.discard"),
                    lambda: ask_discard(bench),
                    icon_of="delete",
                    kind="danger",
                    small=True,
                    mark="studio.discard",
                )


def _history(bench: Bench) -> None:
    with box("card"):
        with box("cardhead"):
            Text("h2", bench.t("studio.history.title"))
        for item in bench.definition["versions"]:
            with box("needrow"):
                with box("grow"):
                    with box("fx wrap"):
                        Text("b", item["version"], "mono strong")
                        chip(
                            bench.viewer.t(f"common.state.{item['state']}"),
                            "green" if item["state"] == "effective" else "grey",
                        )
                    since, until = day(item["effective_from"]), day(item["effective_until"])
                    words = f"{since} – {until}".strip(" –") if since else day(item["saved_at"])
                    Text("div", f"{words} · {said_reason(item['reason'], bench.viewer.lang)}".rstrip(" ·"), "small")


# ------------------------------------------------------------ submit, withdraw
def ask_submit(bench: Bench) -> None:
    """Ask for the reason of the change, then submit."""

    async def submit(reason: str) -> None:
        await publishing.submit(bench.office, bench.viewer.actor, bench.name, bench.shown["version"], reason)
        bench.tab = "signing"

    ask_reason(bench, "submit", submit)


def ask_withdraw(bench: Bench) -> None:
    """Ask for the reason, then take the submitted version back."""

    async def withdraw(reason: str) -> None:
        await publishing.withdraw(bench.office, bench.viewer.actor, bench.name, bench.shown["version"], reason)

    ask_reason(bench, "withdraw", withdraw)


def ask_discard(bench: Bench) -> None:
    """Make sure, then throw the draft away and go back to the list."""

    async def discard() -> None:
        await publishing.discard_draft(bench.office, bench.viewer.actor, bench.name, bench.shown["version"])
        ui.navigate.to("/studio")

    with bench.layer:
        version = bench.shown["version"]
        confirm(
            bench.t("studio.discard"),
            bench.t("studio.discard_body", version=version),
            bench.t("studio.discard"),
            acting(discard),
            bench.viewer.lang,
        )


def ask_reason(bench: Bench, what: str, act: Any) -> None:
    """Ask why, then act; a refusal is said in the dialog."""
    with bench.layer:
        dialog = ui.dialog(value=True)
    attrs(dialog, aria_label=bench.t(f"studio.ask.{what}"))
    with dialog, box("dlg narrow"), attrs(box(tag="form"), novalidate=True) as form:
        with box("h"):
            icon("sign", "l")
            Text("h1", bench.t(f"studio.ask.{what}"), "grow")
            icon_button("close", bench.viewer.t("common.verbs.close"), dialog.close)
        with box("c"), box("stack"):
            Text("p", bench.t(f"studio.ask.{what}_body", version=bench.shown["version"]), "small")
            with box("field"):
                caption = Text("label", f"{bench.t('studio.ask.reason')} *")
                area = attrs(
                    box("box", "textarea"), name="reason", rows=3, maxlength=2000, autofocus=True, data_testid="reason"
                )
                attrs(area, id=area.html_id)
                attrs(caption, for_=area.html_id)
            said = attrs(Text("div", "", "msg"), role="alert")
        with box("f"):
            box("grow")
            button(bench.viewer.t("common.verbs.back"), dialog.close, keys=("Esc",))
            button(bench.t(f"studio.{what}"), kind="primary", submit=True, mark="reason.go")

    async def entered(event: Any) -> None:
        try:
            await act(str(event.args.get("reason", "")))
        except RefusedError as error:
            said.text = error.refusal.message.said_in(bench.viewer.lang)
            return
        dialog.close()
        await bench.again()
        ui.navigate.history.replace(bench.address())

    form.on(
        "submit",
        acting(entered),
        js_handler="(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }",
    )
