"""The signature block: who, in which post, meaning what, when by the server, how identity was proven, and the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.audit.tell import Teller
from ui.components.chips import chip, role_name
from ui.elements import Text, attrs, box, icon
from ui.texts import label, t


def signature_block(teller: Teller, record: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> None:
    """Draw the signature of a record with what was recomputed just now and from which witness."""
    signature, lang = record["signature"], teller.lang
    with attrs(box("card sigblock", "section"), aria_label=t("audit.sign.label", lang), data_testid="signature"):
        with box("h"):
            icon("signed", "l")
            with box("grow"):
                with box("fx wrap gap4"):
                    Text("h2", teller.person(record["actor"]))
                    if signature.get("role"):
                        Text("span", role_name(str(signature["role"]), lang), "muted")
            chip(teller.meaning(str(signature["meaning"])), "violet", icon_of="signed")
        with box("kv pad"):
            _pair(t("audit.sign.time", lang), teller.full(str(signature["at"])), t("audit.sign.server", lang))
            method = label("audit.method", str(signature.get("method") or "session"), lang)
            _pair(t("audit.sign.method", lang), method)
            if signature.get("outcome"):
                words = teller.outcome(str(record.get("step") or ""), signature["outcome"])
                _pair(t("audit.sign.outcome", lang), words)
            if signature.get("reason"):
                _pair(t("audit.sign.reason", lang), str(signature["reason"]))
            if record.get("external_signature"):
                _external(teller, record["external_signature"])
        with box("checks", "ul"):
            for check in checks:
                _check(teller, check)
        failed = sum(1 for check in checks if not check["holds"])
        words = t("audit.sign.failed", lang, n=failed) if failed else t("audit.sign.proved", lang, n=len(checks))
        Text("div", words, "small pad" + (" badc strong" if failed else ""))


def _pair(name: str, words: str, note: str = "") -> None:
    Text("span", name)
    with box(tag="span"):
        Text("span", words)
        if note:
            Text("span", f" {note}", "small")


def _external(teller: Teller, external: Mapping[str, Any]) -> None:
    how = label("audit.external", str(external.get("how")), teller.lang)
    name = f"{external.get('name') or ''}（{how}）" if teller.lang == "zh" else f"{external.get('name') or ''} ({how})"
    _pair(t("audit.sign.external", teller.lang), name)


def _check(teller: Teller, check: Mapping[str, Any]) -> None:
    lang, holds = teller.lang, bool(check["holds"])
    with box("" if holds else "bad", "li"):
        said = t("audit.sign.holds" if holds else "audit.sign.holds_not", lang)
        icon("passed" if holds else "late", "okc" if holds else "badc", name=said)
        Text("span", label("audit.check", str(check["check"]), lang), "grow")
        witness = str(check.get("witness") or "")
        if check["check"] == "role":
            witness = role_name(witness, lang)
        is_hash = len(witness) == 64
        attrs(Text("span", f"{witness[:4]} {witness[4:8]}" if is_hash else witness, "mono muted"), title=witness)
