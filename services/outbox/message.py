"""What a message says: kind, title, business key, due, link. Pure; nothing else of a case ever leaves the house."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.clock import from_text
from domain.errors import Text
from domain.notices import KINDS

Langs = tuple[str, ...]
BOTH: Langs = ("zh", "en")
LINES_MOST = 20
"""So many notices are named in one message; the rest is counted."""
_MANY = Text("{n} 条通知", "{n} notices")
_MORE = Text("另有 {n} 条，请登录查看。", "{n} more; sign in to see them.")
_DUE = Text("截止 {due}", "due {due}")
_DRILL = Text("演练", "DRILL")
_SECOND = Text("原收件人未读", "not read by its first recipient")
_FOOT = Text(
    "链接只打开页面，需要登录；不要转发密码。编号 {key}",
    "The link only opens a page and asks you to sign in; never send passwords. No. {key}",
)


@dataclass(frozen=True)
class Line:
    """One notice of a message. `said` may be empty in both languages; `due` is canonical time; `zone` the site's."""

    kind: str
    said: Text
    link: str
    business_key: str | None = None
    due: str | None = None
    zone: str = "Asia/Shanghai"
    drill: bool = False
    second: bool = False


@dataclass(frozen=True)
class Message:
    """A message in words: `key` names it for ever, so a second copy is known as one."""

    key: str
    subject: str
    text: str
    html: str
    at: datetime


def compose(key: str, lines: Sequence[Line], langs: Langs, at: datetime) -> Message:
    """The message of `lines`, in one language or in both."""
    shown, more = lines[:LINES_MOST], len(lines) - LINES_MOST
    return Message(key, _subject(lines, langs), _text(key, shown, more, langs), _html(key, shown, more, langs), at)


def words(line: Line, lang: str) -> str:
    """A notice in one line of text, without its link."""
    told = [_marked(line, lang), line.said.said_in(lang), line.business_key or ""]
    if line.due:
        told.append(_DUE.said_in(lang).format(due=f"{from_text(line.due).astimezone(ZoneInfo(line.zone)):%m-%d %H:%M}"))
    return " · ".join(part for part in told if part)


def short(message: Message) -> str:
    """The message for 70 characters: its subject."""
    return message.subject


def _marked(line: Line, lang: str) -> str:
    marks = [_DRILL.said_in(lang)] if line.drill else []
    marks += [_SECOND.said_in(lang)] if line.second else []
    kind = KINDS[line.kind].text.said_in(lang)
    if not marks:
        return kind
    inside = ("，" if lang == "zh" else ", ").join(marks)
    return f"{kind}（{inside}）" if lang == "zh" else f"{kind} ({inside})"


def _subject(lines: Sequence[Line], langs: Langs) -> str:
    if len(lines) == 1:
        told = [words(lines[0], lang) for lang in langs]
        key = lines[0].business_key
        if len(told) == 2 and key:  # the second language need not say the key again
            told[1] = told[1].replace(f" · {key}", "", 1)
    else:
        told = [_many(lines, lang) for lang in langs]
    return _one_line(f"[GSPFlow] {' / '.join(told)}")


def _many(lines: Sequence[Line], lang: str) -> str:
    legal = list(dict.fromkeys(line.kind for line in lines if KINDS[line.kind].legal))
    named = [KINDS[kind].text.said_in(lang) for kind in legal]
    return " · ".join([_MANY.said_in(lang).format(n=len(lines)), *named])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text(key: str, lines: Sequence[Line], more: int, langs: Langs) -> str:
    told: list[str] = []
    for line in lines:
        told += [_one_line(words(line, lang)) for lang in langs]
        told += [line.link, ""]
    if more > 0:
        told += [*(_MORE.said_in(lang).format(n=more) for lang in langs), ""]
    return "\n".join([*told, *(_FOOT.said_in(lang).format(key=key) for lang in langs)]) + "\n"


def _html(key: str, lines: Sequence[Line], more: int, langs: Langs) -> str:
    rows = "".join(_html_line(line, langs) for line in lines)
    rest = [_MORE.said_in(lang).format(n=more) for lang in langs] if more > 0 else []
    foot = "<br>".join(html.escape(_FOOT.said_in(lang).format(key=key)) for lang in langs)
    tail = "".join(f"<p>{html.escape(one)}</p>" for one in rest)
    return (
        f'<!doctype html><html lang="{langs[0]}"><body style="font-family:sans-serif;color:#1c2430">{rows}{tail}'
        f'<p style="color:#5b6675;font-size:12px">{foot}</p></body></html>\n'
    )


def _html_line(line: Line, langs: Langs) -> str:
    told = "<br>".join(html.escape(words(line, lang)) for lang in langs)
    link = html.escape(line.link, quote=True)
    return f'<p style="margin:0 0 16px">{told}<br><a href="{link}">{link}</a></p>'
