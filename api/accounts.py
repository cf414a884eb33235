"""Accounts and posts: for the administrator; tokens and PIN: for everybody's own."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.caller import Acting, Once, Reading
from api.exact import ExactJson, ExactRoute
from api.problems import Problem
from api.shapes import Prose, Strict, Word, answers, fault
from api.tasks import said
from domain.clock import from_text, to_text
from services import access, admin, handovers

router = APIRouter(tags=["accounts"], route_class=ExactRoute)
Username = Annotated[str, Path(max_length=80)]
CHANGED = answers(403, 404, 409)


class Details(Strict):
    """What is known of a person."""

    name: Word
    name_en: Word = ""
    department: Word | None = None
    superior: Word | None = None
    language: Literal["zh", "en"] | None = None

    def person(self, username: str) -> admin.Person:
        """The same for `services`."""
        return admin.Person(username, self.name, self.name_en, self.department, self.superior, self.language)


class NewAccount(Details):
    """A person who gets an account."""

    username: Word


class Because(Strict):
    """Why."""

    reason: Prose = ""


class HandOver(Strict):
    """To whom everything goes that a person has in hand, and why."""

    to: Word
    reason: Prose


class PostShape(Strict):
    """A role at a site (none: everywhere) from one day to another, both included."""

    role: Word
    site: Word | None = None
    valid_from: Word | None = None
    valid_to: Word | None = None


class LastDay(Strict):
    """The last day of a post; none: no end."""

    valid_to: Word | None = None
    reason: Prose = ""


class Badge(Strict):
    """The number of a badge; none takes it away."""

    badge: Word | None = None


class Pin(Strict):
    """A new PIN, proved with the password."""

    password: Word
    pin: Word


class NewToken(Strict):
    """A named token of one's own, proved with the password."""

    name: Word
    password: Word
    expires_at: Word | None = None


@router.get("/accounts", responses=answers(403))
async def listing(caller: Reading) -> Response:
    """Every account with its posts of today."""
    return ExactJson({"items": await admin.accounts(caller.office, caller.actor), "next": None})


@router.post("/accounts", responses=answers(403, 409, status=201))
async def create(caller: Once, wanted: NewAccount) -> Response:
    """A new account; the answer holds the one-time link with which its owner sets the password."""
    made = await admin.create(caller.office, caller.actor, wanted.person(wanted.username))
    return ExactJson(made, 201, {"Cache-Control": "no-store"})


@router.get("/accounts/{username:word}", responses=answers(403, 404))
async def one(caller: Reading, username: Username) -> Response:
    """An account with posts, sessions and tokens; everybody may look at their own."""
    return ExactJson(await admin.account(caller.office, caller.actor, username))


@router.put("/accounts/{username:word}", responses=CHANGED)
async def update(caller: Once, username: Username, wanted: Details) -> Response:
    """Change what is known of a person."""
    return ExactJson(await admin.update(caller.office, caller.actor, wanted.person(username)))


@router.post("/accounts/{username:word}:disable", responses=CHANGED)
async def disable(caller: Once, username: Username, why: Because) -> Response:
    """Nobody logs in with it any more; its name stays in every record."""
    return ExactJson(await admin.disable(caller.office, caller.actor, username, why.reason))


@router.post("/accounts/{username:word}:enable", responses=CHANGED)
async def enable(caller: Once, username: Username, why: Because) -> Response:
    """Open a disabled account again."""
    return ExactJson(await admin.enable(caller.office, caller.actor, username, why.reason))


@router.post("/accounts/{username:word}:grant", responses=CHANGED)
async def grant(caller: Once, username: Username, wanted: PostShape) -> Response:
    """Give a post."""
    post = admin.Post(wanted.role, wanted.site, wanted.valid_from, wanted.valid_to)
    return ExactJson(await admin.grant(caller.office, caller.actor, username, post))


@router.post("/posts/{number}:revoke", responses=CHANGED)
async def revoke(caller: Once, number: Annotated[int, Path(ge=1, le=10**12)], why: Because) -> Response:
    """Take a post away from now on."""
    return ExactJson(await admin.revoke(caller.office, caller.actor, number, why.reason))


@router.post("/posts/{number}:set_end", responses=CHANGED)
async def set_end(caller: Once, number: Annotated[int, Path(ge=1, le=10**12)], wanted: LastDay) -> Response:
    """Give a post another last day."""
    return ExactJson(await admin.set_end(caller.office, caller.actor, number, wanted.valid_to, wanted.reason))


@router.get("/accounts/{username:word}/handover", responses=answers(403, 404))
async def handover(caller: Reading, username: Username, to: Word | None = None) -> Response:
    """What a leaver holds: open tasks, posts, rules of standing in; with `to` whether that person could take each."""
    return ExactJson(await handovers.preview(caller.office, caller.actor, username, to))


@router.post("/accounts/{username:word}:hand_over", responses=answers(403, 404))
async def hand_over(caller: Acting, username: Username, wanted: HandOver) -> Response:
    """Give all that a leaver has to somebody else; one answer for each task."""
    done = await handovers.hand_over(caller.office, caller.actor, username, wanted.to, wanted.reason, caller.key)
    return ExactJson({"items": [said(row, place, caller.actor.lang) for place, row in enumerate(done)]})


@router.post("/accounts/{username:word}:reset_password", responses=CHANGED)
async def reset_password(caller: Once, username: Username, why: Because) -> Response:
    """End the password and every session; the answer holds the one-time link for a new password."""
    done = await admin.reset_password(caller.office, caller.actor, username, why.reason)
    return ExactJson(done, headers={"Cache-Control": "no-store"})


@router.post("/accounts/{username:word}:confirm_signing", responses=CHANGED)
async def confirm_signing(caller: Once, username: Username) -> Response:
    """Quality vouches for the new password: from now on it signs again."""
    return ExactJson(await admin.confirm_signing(caller.office, caller.actor, username))


@router.post("/accounts/{username:word}:set_badge", responses=CHANGED)
async def set_badge(caller: Once, username: Username, wanted: Badge) -> Response:
    """Give a badge, or take it away."""
    return ExactJson(await access.set_badge(caller.office, caller.actor, username, wanted.badge))


@router.post("/accounts/{username:word}:end_sessions", responses=CHANGED)
async def end_sessions(caller: Once, username: Username) -> Response:
    """Log an account out everywhere; everybody may do so for their own."""
    await access.end_sessions(caller.office, caller.actor, username)
    return ExactJson({"username": username, "ended": True})


@router.put("/me/pin", responses=answers())
async def set_pin(caller: Once, wanted: Pin) -> Response:
    """Set one's PIN for badge and tablet."""
    await access.set_pin(caller.office, caller.actor, wanted.password, wanted.pin)
    return ExactJson({"set": True})


@router.post("/me/tokens", responses=answers(status=201))
async def issue_token(caller: Once, wanted: NewToken) -> Response:
    """A named token of one's own; it is shown this once."""
    expires = _moment(wanted.expires_at)
    made = await access.issue_token(caller.office, caller.actor, wanted.name, expires, wanted.password)
    return ExactJson(made, 201, {"Cache-Control": "no-store"})


@router.post("/tokens/{id:word}:revoke", responses=answers(404))
async def revoke_token(caller: Once, id: Annotated[str, Path(max_length=64)]) -> Response:
    """End a token."""
    await access.revoke_token(caller.office, caller.actor, id)
    return ExactJson({"id": id, "revoked": True})


def _moment(text: str | None) -> str | None:
    try:
        return to_text(from_text(text)) if text else None
    except (ValueError, OverflowError) as error:
        found = fault("/expires_at", "bad_time", "须为 RFC 3339 时间。", "This has to be an RFC 3339 time.")
        raise Problem(422, found.code, found.message, faults=(found,)) from error
