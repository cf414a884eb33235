"""Who holds a post: what a step asks that is for everyone who does."""

from __future__ import annotations

from typing import Any

from activities.context import ActivityContext, Call
from domain.json_types import Json, JsonObject
from records import people


def everyone(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`people.everyone`: for each role the people who hold it at the site today, by name; an empty list for nobody.

    The answer is recorded with the step, so that it stays who was asked, whoever comes or goes later.
    """
    call = Call.from_json(envelope)
    given: Any = call.input
    day, holders = call.at[:10], dict[str, Json]()
    with ctx.database.read() as session:
        for role in given["roles"]:
            found = people.holders(session, str(role), str(given.get("site") or call.site), day)
            listed: list[Json] = [
                {"id": one.username, "name": one.name, "name_en": one.name_en or one.name}
                for one in sorted(found, key=lambda one: one.username)
            ]
            holders[str(role)] = listed
    return {"holders": holders}
