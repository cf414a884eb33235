"""Kinds of word that goes to people, and which of them no preference may hold back.

`legal`: the law gives a time or somebody's safety depends on it (GSP 2023 arts. 97–106 on recall, adverse events and
cold chain); such word ignores quiet hours and digests, and a second person is told when nobody reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Text

CHANNELS = ("email", "wecom", "dingtalk", "feishu", "sms")
"""Ways out of the house. The notice on the screen is no channel: it is always there."""
GROUP_CHANNELS = frozenset({"wecom", "dingtalk", "feishu"})
"""Robots that post to a group; a person's address there is whom the post mentions."""


@dataclass(frozen=True)
class Kind:
    """A kind of notice: its words, whether the law stands behind it, whether it is urgent without law."""

    key: str
    text: Text
    legal: bool = False
    pressing: bool = False

    @property
    def urgent(self) -> bool:
        """Whether a second person is told when nobody reads it."""
        return self.legal or self.pressing


_ALL = (
    Kind("task", Text("新任务", "New task")),
    Kind("notice", Text("通知", "Notice")),
    Kind("reminder", Text("到期提醒", "Reminder")),
    Kind("mention", Text("有人提到您", "You were mentioned")),
    Kind("urge", Text("催办", "Urged")),
    Kind("account", Text("账号与岗位", "Account and posts")),
    Kind("incident", Text("流程故障", "Incident"), legal=True),
    Kind("deadline", Text("法定期限", "Legal deadline"), legal=True),
    Kind("recall", Text("召回", "Recall"), legal=True),
    Kind("adverse_event", Text("不良事件", "Adverse event"), legal=True),
    Kind("cold_chain", Text("冷链超温", "Cold-chain excursion"), legal=True),
    Kind("password_reset", Text("密码重置", "Password reset"), legal=True),
)
KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}
"""Every kind by its key, in the order in which settings show them."""
_PROCESSES = ("recall", "adverse_event", "cold_chain")
"""A process whose name begins so is about that; what it tells is of that kind."""


def kind_of(process: str, usual: str) -> str:
    """The kind of what a case tells: `usual`, or the legal kind that its process is about."""
    return next((name for name in _PROCESSES if process.startswith(name)), usual)


def usual_channels(kind: str) -> tuple[str, ...]:
    """Where word of a kind goes to a person who chose nothing: a text message only for what the law wants at once."""
    return CHANNELS if KINDS[kind].urgent else tuple(name for name in CHANNELS if name != "sms")
