"""The caller's own notifications: addresses, kinds by channel, quiet hours."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, Word, answers
from services.outbox import contacting

router = APIRouter(prefix="/me", tags=["me"], route_class=ExactRoute)
ChannelName = Annotated[str, Path(max_length=20)]
Few = Annotated[list[Word], Field(max_length=10)]


class Quiet(Strict):
    """Hours in which nothing but legal alarms goes out, on the clock of the site; they may go over midnight."""

    begin: Word = Field(alias="from")
    to: Word


class Choice(Strict):
    """What the caller wants: channels for some kinds (the others keep the usual ones), quiet hours, digest."""

    kinds: Annotated[dict[Word, Few], Field(max_length=40)] = {}
    quiet: Quiet | None = None
    digest: Word = "off"


class Address(Strict):
    """An e-mail address, mobile number or user id of the caller."""

    address: Word


class Code(Strict):
    """The code that was sent to the address."""

    code: Word


class ChannelShape(BaseModel):
    """A channel with the caller's address; `waiting` is one whose code did not come back yet."""

    channel: str
    set_up: bool
    group: bool
    address: str | None
    verified_at: str | None
    waiting: str | None


class KindShape(BaseModel):
    """A kind of word with the channels it takes; nothing holds back what is `legal`."""

    kind: str
    title: dict[str, str]
    legal: bool
    urgent: bool
    channels: list[str]


class Notifications(BaseModel):
    """Channels, kinds, quiet hours (`{from, to}`), digest (`off`, `hourly`, `daily`)."""

    channels: list[ChannelShape]
    kinds: list[KindShape]
    quiet: dict[str, Any] | None
    digest: Literal["off", "hourly", "daily"]
    language: str | None


@router.get("/notifications", responses=answers(ok=Notifications))
async def mine(caller: Reading) -> Response:
    """The caller's addresses and choices."""
    return ExactJson(await contacting.settings_of(caller.office, caller.actor))


@router.put("/notifications", responses=answers(ok=Notifications))
async def choose(caller: Once, wanted: Choice) -> Response:
    """Choose channels, quiet hours and digest; what is left out goes back to the usual."""
    quiet = (wanted.quiet.begin, wanted.quiet.to) if wanted.quiet else None
    choice = contacting.Choice(wanted.kinds, quiet, wanted.digest)
    return ExactJson(await contacting.choose(caller.office, caller.actor, choice))


@router.put("/contacts/{channel:word}", responses=answers(409, ok=Notifications))
async def give(caller: Once, channel: ChannelName, wanted: Address) -> Response:
    """Have a code sent to an address of the caller; the address is used once the code came back."""
    return ExactJson(await contacting.give_address(caller.office, caller.actor, channel, wanted.address))


@router.post("/contacts/{channel:word}:confirm", responses=answers(409, ok=Notifications))
async def confirm(caller: Once, channel: ChannelName, given: Code) -> Response:
    """Give the code back."""
    return ExactJson(await contacting.confirm_address(caller.office, caller.actor, channel, given.code))


@router.delete("/contacts/{channel:word}", responses=answers(ok=Notifications))
async def remove(caller: Once, channel: ChannelName) -> Response:
    """Nothing goes to this address any more."""
    return ExactJson(await contacting.remove_address(caller.office, caller.actor, channel))
