"""What has to be told becomes deliveries: one for each person and channel that the person's settings allow."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.clock import to_text
from domain.notices import KINDS, usual_channels
from records import cases, contacts, deliveries, organisation
from records.contacts import Contact, NoticeSetting
from records.outbox import Delivery, Outgoing
from rules.template import Template
from services.office import Office
from services.outbox import recipients, timing

BATCH = 50
"""Small, so that no case waits long for the database meanwhile."""
ZONE = "Asia/Shanghai"
_DOTS = re.compile(r"(?:…\s*)+")


def spread(session: Session, office: Office) -> int:
    """Make the deliveries of the oldest word that has none; how many pieces of word may be left."""
    now = office.clock()
    if not office.channels:
        deliveries.spread_to_nobody(session, to_text(now))
        return 0
    found = deliveries.unspread(session, BATCH)
    batch = _Batch(session, office.channels, now)
    for row in found:
        said = row.said if row.said is not None else _said(session, office, row)
        deliveries.spread(session, row, said, batch.deliveries(row), to_text(now))
    return len(found)


class _Batch:
    """Who is where, asked once for all word to the same posts: 500 tasks for one post are one question."""

    def __init__(self, session: Session, channels: Collection[str], now: datetime) -> None:
        self.session, self.channels, self.now = session, channels, now
        self.zones = {site.key: site.zone for site in organisation.sites(session)}
        self.known: dict[tuple[Any, ...], list[tuple[list[Contact], NoticeSetting | None]]] = {}

    def deliveries(self, row: Outgoing) -> list[Delivery]:
        """The deliveries of one piece of word."""
        key = (row.account, row.site, *row.roles)
        if key not in self.known:
            self.known[key] = self._people(row)
        zone = self.zones.get(row.site, ZONE)
        return [
            delivery_of(row, one, setting, self.now, zone)
            for mine, setting in self.known[key]
            for one in wanted(row.kind, mine, setting)
        ]

    def _people(self, row: Outgoing) -> list[tuple[list[Contact], NoticeSetting | None]]:
        names = [one.username for one in recipients.people_of(self.session, row, to_text(self.now)[:10])]
        chosen, addresses = contacts.settings(self.session, names), contacts.contacts(self.session, names)
        usable = [one for one in addresses if one.channel in self.channels]
        return [([one for one in usable if one.account == name], chosen.get(name)) for name in names]


def wanted(kind: str, mine: list[Contact], setting: NoticeSetting | None) -> list[Contact]:
    """The addresses to which word of a kind goes. What the law wants goes everywhere if its channels were taken away."""
    chosen: Any = (setting.kinds if setting else {}).get(kind)
    channels = usual_channels(kind) if chosen is None else chosen
    found = [one for one in mine if one.channel in channels]
    return mine if not found and KINDS[kind].legal else found


def delivery_of(row: Outgoing, to: Contact, setting: NoticeSetting | None, now: datetime, zone: str) -> Delivery:
    """The delivery of something to one address; its id is the same whoever works it out."""
    first = timing.first_time(now, zone, setting.digest if setting else "off", urgent=row.urgent)
    key = hashlib.sha256(f"{row.id}\n{to.account}\n{to.channel}".encode()).hexdigest()[:32]
    return Delivery(
        id=key,
        outgoing_id=row.id,
        account=to.account,
        channel=to.channel,
        address=to.address,
        urgent=row.urgent,
        legal=KINDS[row.kind].legal,
        created_at=to_text(now),
        next_at=to_text(first),
        site=row.site,
        mode=row.mode,
        company=row.company,
    )


# ------------------------------------------------------------------ words for outside


def _said(session: Session, office: Office, row: Outgoing) -> dict[str, Any] | None:
    """The name of the SOP and the fixed words of the step's title; whatever was entered in a form stays inside."""
    case = cases.case(session, row.case_id) if row.case_id else None
    if case is None:
        return None
    try:
        model = office.model(session, case.pinned_sha)
    except LookupError:  # a case that was brought back without its rules
        return None
    step = model.steps.get(row.step or "")
    title = step.title if step is not None else None
    if title is None:
        return {"zh": model.title.zh, "en": model.title.en}
    return {
        "zh": "：".join(part for part in (model.title.zh, fixed_words(title.zh)) if part),
        "en": ": ".join(part for part in (model.title.en, fixed_words(title.en)) if part),
    }


def fixed_words(template: Template) -> str:
    """The words of a title without its values (`验收 …` of `验收 {line.product_name}`); empty when it has none."""
    parts = [part if isinstance(part, str) else "…" for part in template.parts]
    told = _DOTS.sub("… ", "".join(parts)).strip()
    return told if re.search(r"\w", told) else ""
