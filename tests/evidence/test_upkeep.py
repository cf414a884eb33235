"""Heads are signed outside the database, histories of closed cases are kept, and both are witnesses."""

from __future__ import annotations

import fcntl

from records import cases
from records.checkpoint import Checkpoints
from services import audit, upkeep
from services.witnesses import checkpoint_file, histories_of
from tests.installed import Installation


async def test_checkpoint_signs_every_head_once(living: Installation) -> None:
    keeper = upkeep.Keeper(living.office)
    await keeper.checkpoint()
    before, broken = Checkpoints(checkpoint_file(living.office.checkpoints)).read(
        {living.office.keys.seal.key_id: living.office.keys.seal.public}
    )
    assert broken is None and any(stream.startswith("case/") for each in before for stream in each.heads)
    assert await keeper.checkpoint() is None  # nothing changed


async def test_only_one_process_signs_at_a_time(living: Installation) -> None:
    living.office.checkpoints.mkdir(exist_ok=True)
    with (living.office.checkpoints / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert await upkeep.Keeper(living.office).checkpoint() is None


async def test_histories_of_closed_cases_are_kept_and_compared_without_the_engine(living: Installation) -> None:
    case_id = await living.closed_case()
    while await upkeep.archive(living.office):
        pass
    assert await living.office.db.reading(cases.closed_without_archive) == []
    assert [len(each.events) for each in await histories_of(living.office.db, None, case_id)]
    parts = audit.premises_of(living.office)
    alone = audit.Premises(parts.db, parts.checkpoints, parts.attachments, parts.secrets)
    report = await audit.verify_installation(alone, living.office.now(), thorough=True)
    assert report.lines("en")[: -len(report.lacked)] == [] and report.counts["histories"] >= 1
    assert "history" in {name for name, _ in report.lacked}  # running cases had nobody to speak for them
