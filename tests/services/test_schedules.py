"""Periodic SOPs without a process engine: who makes them, what becomes of each period, what is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.errors import Refusal, RefusedError, Text
from domain.json_types import JsonObject
from records import audit, outbox
from records import schedules as rows
from records.organisation import Site
from services import cases, own_starts, people, schedule_runs, schedules
from services.actor import Actor
from services.calendar_changes import set_day
from services.gateway import EngineUnreachable
from services.office import Office

SATURDAY = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
DAY = "2020-01-01"


class Starts:
    """Stands where cases are started: remembers each key, answers one case for each, or says why not."""

    def __init__(self) -> None:
        self.wishes: list[own_starts.OwnStart] = []
        self.fault: Exception | None = None

    async def __call__(self, office: Office, wish: own_starts.OwnStart) -> JsonObject:
        self.wishes.append(wish)
        if self.fault is not None:
            raise self.fault
        return {"id": f"case-{wish.key}", "version": "1.0.0", "sha256": "x"}

    def keys(self) -> list[str]:
        return [wish.key for wish in self.wishes]


@pytest.fixture
def starts(office: Office, monkeypatch: pytest.MonkeyPatch) -> Starts:
    """It is Saturday, the 28th of November 2026; nothing is really started and every start form takes its values."""
    made = Starts()

    async def fits(*_: Any) -> None:
        return None

    monkeypatch.setattr(own_starts, "start", made)
    monkeypatch.setattr(cases, "check_start", fits)
    office.clock = lambda: SATURDAY
    with office.db.write() as session:
        session.add(Site(key="B2", name="分部"))
    return made


def at(office: Office, moment: datetime) -> None:
    office.clock = lambda: moment


async def acting(office: Office, username: str) -> Actor:
    found = await people.actor_named(office, username)
    assert found is not None
    return found


def wish(**changed: Any) -> schedules.Wish:
    given: dict[str, Any] = {
        "process": "self_inspection",
        "site": "HQ",
        "title": {"zh": "月度检查", "en": "Monthly check"},
        "rhythm": {"every": "month", "day": 1, "at": "08:00"},
        "start": {"month": "{period}"},
        "reason": "GSP 73",
    }
    return schedules.Wish(**{**given, **changed})


async def made(office: Office, **changed: Any) -> Any:
    return await schedules.save(office, await acting(office, "owner"), "monthly_check", wish(**changed))


FIRST = "2026-12-01T00:00:00.000Z"


async def test_a_period_starts_one_case_however_often_it_is_asked_for(office: Office, starts: Starts) -> None:
    shown = await made(office)
    assert shown["next"][0] == {"period": "2026-12", "day": "2026-12-01", "begins": FIRST}
    assert shown["rhythm_text"]["zh"] == "每月1日 08:00"
    at(office, datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
    first = await schedule_runs.run(office, "monthly_check", FIRST)
    again = await schedule_runs.run(office, "monthly_check", FIRST)
    assert first == again and first["outcome"] == "started"
    assert starts.keys() == ["schedule/monthly_check/2026-12"]
    assert starts.wishes[0].values == {"month": "2026-12"}
    assert starts.wishes[0].origin == {"schedule": {"key": "monthly_check", "period": "2026-12"}}
    events = await office.db.reading(audit.events, audit.ADMIN, actor="system")
    assert [event.payload["case"] for event in events if event.action == "schedule_started"] == [first["case"]]


async def test_a_moment_at_which_nothing_begins_starts_nothing(office: Office, starts: Starts) -> None:
    await made(office)
    for moment in ("2026-12-01T00:07:00.000Z", "2026-11-01T00:00:00.000Z"):
        assert await schedule_runs.run(office, "monthly_check", moment) == {"outcome": "nothing"}
    assert await schedule_runs.run(office, "nobody_knows", FIRST) == {"outcome": "nothing"}
    assert starts.wishes == []


async def test_the_sweep_starts_late_what_nobody_asked_for(office: Office, starts: Starts) -> None:
    await made(office, rhythm={"every": "day", "at": "08:00"})
    at(office, SATURDAY + timedelta(days=3))
    assert await schedule_runs.sweep(office) == 3
    assert starts.keys() == [f"schedule/monthly_check/2026-{day}" for day in ("11-29", "11-30", "12-01")]
    assert await schedule_runs.sweep(office) == 0
    assert len(starts.wishes) == 3


async def test_the_sweep_leaves_a_fresh_period_to_the_process_engine(office: Office, starts: Starts) -> None:
    await made(office)
    at(office, datetime(2026, 12, 1, 0, 5, tzinfo=UTC))
    assert await schedule_runs.sweep(office) == 0
    at(office, datetime(2026, 12, 1, 0, 15, tzinfo=UTC))
    assert await schedule_runs.sweep(office) == 1


async def test_a_period_older_than_the_catch_up_time_is_missed_and_the_owner_is_told(
    office: Office, starts: Starts
) -> None:
    await made(office, rhythm={"every": "day", "at": "08:00"}, catch_up_days=2, owner="qa")
    at(office, SATURDAY + timedelta(days=4))
    await schedule_runs.sweep(office)
    assert starts.keys() == ["schedule/monthly_check/2026-12-01", "schedule/monthly_check/2026-12-02"]
    detail: Any = await schedules.detail(office, await acting(office, "owner"), "monthly_check")
    outcomes = {run["period"]: run["outcome"] for run in detail["runs"]}
    assert (outcomes["2026-11-29"], outcomes["2026-11-30"]) == ("missed", "missed")
    told = await office.db.reading(_told)
    assert [(row.account, row.kind) for row in told] == [("qa", "incident")] * 2
    events = await office.db.reading(audit.events, audit.ADMIN, actor="system")
    assert sum(1 for event in events if event.action == "schedule_missed") == 2


def _told(session: Any) -> list[outbox.Outgoing]:
    return [row for row in session.exec(select(outbox.Outgoing)) if row.id.startswith("schedule/")]


async def test_a_missed_period_can_be_started_by_hand_once(office: Office, starts: Starts) -> None:
    await made(office, rhythm={"every": "day", "at": "08:00"}, catch_up_days=1)
    at(office, SATURDAY + timedelta(days=3))
    await schedule_runs.sweep(office)
    owner = await acting(office, "owner")
    detail: Any = await schedule_runs.start_period(office, owner, "monthly_check", "2026-11-29")
    (run,) = [one for one in detail["runs"] if one["period"] == "2026-11-29"]
    assert (run["outcome"], run["by"]) == ("started", "owner")
    with pytest.raises(RefusedError, match="period_settled"):
        await schedule_runs.start_period(office, owner, "monthly_check", "2026-11-29")
    for wrong in ("2026-12-24", "soon"):
        with pytest.raises(RefusedError, match="no_such_period"):
            await schedule_runs.start_period(office, owner, "monthly_check", wrong)


async def test_a_refused_start_is_on_record_and_told_and_waits_for_a_person(office: Office, starts: Starts) -> None:
    await made(office)
    at(office, datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
    starts.fault = RefusedError(Refusal(409, "version_out_of_range", Text("版本不符", "no such version")))
    run = await schedule_runs.run(office, "monthly_check", FIRST)
    assert (run["outcome"], run["said"]) == ("refused", {"zh": "版本不符", "en": "no such version"})
    starts.fault = None
    assert (await schedule_runs.run(office, "monthly_check", FIRST))["outcome"] == "refused"
    assert len(await office.db.reading(_told)) == 1
    detail: Any = await schedule_runs.start_period(office, await acting(office, "owner"), "monthly_check", "2026-12")
    assert detail["runs"][0]["outcome"] == "started"


async def test_what_nobody_knows_yet_is_asked_again(office: Office, starts: Starts) -> None:
    await made(office)
    at(office, datetime(2026, 12, 1, 0, 15, tzinfo=UTC))
    starts.fault = EngineUnreachable()
    with pytest.raises(EngineUnreachable):
        await schedule_runs.sweep(office)
    starts.fault = None
    assert await schedule_runs.sweep(office) == 1
    assert set(starts.keys()) == {"schedule/monthly_check/2026-12"}


async def test_a_paused_schedule_starts_nothing_and_makes_up_for_nothing(office: Office, starts: Starts) -> None:
    owner = await acting(office, "owner")
    await made(office, rhythm={"every": "day", "at": "08:00"})
    paused: Any = await schedules.pause(office, owner, "monthly_check", "装修")
    assert (paused["state"], paused["next"]) == ("paused", [])
    at(office, SATURDAY + timedelta(days=3))
    assert await schedule_runs.run(office, "monthly_check", "2026-11-30T00:00:00.000Z") == {"outcome": "nothing"}
    assert await schedule_runs.sweep(office) == 0
    await schedules.resume(office, owner, "monthly_check", "完工")
    assert await schedule_runs.sweep(office) == 0
    with pytest.raises(RefusedError, match="wrong_state"):
        await schedules.resume(office, owner, "monthly_check", "again")
    await schedules.retire(office, owner, "monthly_check", "不再需要")
    with pytest.raises(RefusedError, match="schedule_retired"):
        await made(office)
    assert starts.wishes == []


async def test_on_free_days_nothing_is_needed(office: Office, starts: Starts) -> None:
    await made(office, rhythm={"every": "day", "at": "08:00", "working_days": True})
    hr = await acting(office, "hr")
    at(office, SATURDAY)
    await set_day(office, hr, "HQ", "2026-12-01", working=False, reason="盘点")
    at(office, SATURDAY + timedelta(days=4))
    await schedule_runs.sweep(office)
    assert starts.keys() == ["schedule/monthly_check/2026-11-30", "schedule/monthly_check/2026-12-02"]


async def test_only_heads_and_process_owners_of_the_site_make_one(office: Office, starts: Starts) -> None:
    for who in ("receiver", "qa", "hr", "auditor", "admin"):
        with pytest.raises(RefusedError) as refused:
            await schedules.save(office, await acting(office, who), "monthly_check", wish())
        assert refused.value.refusal.status == 403 and refused.value.refusal_id
    with pytest.raises(RefusedError) as refused:
        await made(office, site="B2")
    assert refused.value.refusal.status == 403
    with pytest.raises(RefusedError, match="forbidden"):
        await schedules.listing(office, await acting(office, "admin"))
    await made(office)
    qa = await acting(office, "qa")
    assert [one["key"] for one in await schedules.listing(office, qa)] == ["monthly_check"]
    with pytest.raises(RefusedError, match="forbidden"):
        await schedules.pause(office, qa, "monthly_check", "x")


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        ("Monthly", {}, "bad_key"),
        ("monthly_check", {"title": {"zh": "月", "en": " "}}, "title_missing"),
        ("monthly_check", {"reason": " "}, "reason_missing"),
        ("monthly_check", {"versions": "latest"}, "bad_schedule"),
        ("monthly_check", {"catch_up_days": 0}, "bad_schedule"),
        ("monthly_check", {"overlap": "maybe"}, "bad_schedule"),
        ("monthly_check", {"owner": "nobody"}, "unknown_owner"),
        ("monthly_check", {"rhythm": {"every": "month", "day": 40, "at": "08:00"}}, "bad_rhythm"),
    ],
)
async def test_what_cannot_be_is_refused(office: Office, starts: Starts, key: str, changed: Any, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await schedules.save(office, await acting(office, "owner"), key, wish(**changed))
    assert refused.value.refusal.code == code


async def test_changing_words_keeps_what_is_due_and_changing_the_rhythm_begins_anew(
    office: Office, starts: Starts
) -> None:
    await made(office, rhythm={"every": "day", "at": "08:00"})
    at(office, SATURDAY + timedelta(days=2))
    await made(office, rhythm={"every": "day", "at": "08:00"}, title={"zh": "新名", "en": "New name"})
    assert await schedule_runs.sweep(office) == 2
    at(office, SATURDAY + timedelta(days=4))
    await made(office, rhythm={"every": "day", "at": "09:00"})
    assert await schedule_runs.sweep(office) == 0


async def test_the_first_of_two_processes_writes_a_period(office: Office, starts: Starts) -> None:
    await made(office)
    row = rows.ScheduleRun(
        site="HQ", mode="live", schedule="monthly_check", period="2026-12", begins=FIRST, outcome="started",
        case_id="one", done_by="system", at=FIRST,
    )  # fmt: skip
    assert await office.db.writing(rows.note_run, row)
    other = rows.ScheduleRun(**{**row.model_dump(), "case_id": "two"})
    assert not await office.db.writing(rows.note_run, other)
    stored = await office.db.reading(rows.run, "monthly_check", "2026-12")
    assert stored is not None and stored.case_id == "one"
