"""`user` and `keys`: what whoever works at the machine itself may do. Every change is in the admin stream."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from app.commands.command import command, group
from app.commands.words import language, say
from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from services.actor import Actor
    from services.office import Office

Result = TypeVar("Result")
Username = Annotated[str, typer.Argument(help="The account.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the record.")]


def register(line: typer.Typer) -> None:
    """Add the groups."""
    user = group("user", "Accounts: first ones, forgotten passwords, people who left.")
    command(user, "add")(add)
    command(user, "reset-password")(reset_password)
    command(user, "disable")(disable)
    line.add_typer(user)
    keys = group("keys", "The installation's signing keys.")
    command(keys, "list")(list_keys)
    command(keys, "rotate")(rotate)
    line.add_typer(keys)


def add(
    settings: Settings,
    username: Username,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[list[str] | None, typer.Option(help="A post, as ROLE or ROLE@SITE. May be given often.")] = None,
) -> None:
    """Make an account and print the one-time link with which its owner sets the password."""

    async def make(office: Office, actor: Actor) -> str:
        from services import admin

        made = await admin.create(office, actor, admin.Person(username, name))
        for post in role or ():
            key, _, site = post.partition("@")
            await admin.grant(office, actor, username, admin.Post(key, site or None))
        return str(made["link"])

    _print_link(_at_the_machine(settings, make))


def reset_password(settings: Settings, username: Username, reason: Reason = "asked for at the terminal") -> None:
    """End the password, sessions and tokens of an account and print a one-time link.

    Signing stays blocked until the person has set a new password and quality staff confirmed it.
    """

    async def reset(office: Office, actor: Actor) -> str:
        from services import admin

        return str((await admin.reset_password(office, actor, username, reason))["link"])

    _print_link(_at_the_machine(settings, reset))
    typer.echo(
        say(
            "本人设置新密码并由质量管理人员确认之前，不能签名。",
            "signing is blocked until the person has set a new password and quality staff confirmed it",
        ),
        err=True,
    )


def disable(settings: Settings, username: Username, reason: Reason = "left") -> None:
    """Nobody logs in with this account any more; its name stays in every record."""

    async def end(office: Office, actor: Actor) -> None:
        from services import admin

        await admin.disable(office, actor, username, reason)

    _at_the_machine(settings, end)
    typer.echo(say(f"账号 {username} 已停用", f"{username} is disabled"))


def list_keys(settings: Settings) -> None:
    """Print every public key on record, with what became of it: compare evidence bundles with these."""

    async def told(office: Office, actor: Actor) -> list[str]:
        from records import keys

        del actor
        found = await office.db.reading(keys.events)
        in_use = (office.keys.act.key_id, office.keys.seal.key_id)
        return [
            f"{row.key_id}\t{row.purpose}\t{row.event} {row.at}\t{'in use' if row.key_id in in_use else 'kept'}\t{row.public_key}"
            for row in found
        ]

    for line in _at_the_machine(settings, told):
        typer.echo(line)


def rotate(settings: Settings, purpose: Annotated[Literal["act", "seal"], typer.Argument(help="Which key.")]) -> None:
    """Make a new key, in an event signed by the old and the new one; what the old one sealed stays valid."""

    async def turn(office: Office, actor: Actor) -> str:
        from services import key_events

        done = await key_events.rotate(office, purpose, actor.id)
        return f"{done['old']} -> {done['new']}"

    typer.echo(_at_the_machine(settings, turn))
    typer.echo(
        say("请重新启动网页和工作进程以使用新密钥", "restart web and workers, so that they use the new key"), err=True
    )


def _print_link(link: str) -> None:
    typer.echo(link)
    typer.echo(
        say(
            "一次性链接，72 小时内有效；请只交给本人。",
            "a link that works once, for 72 hours; give it to that person only",
        ),
        err=True,
    )


def _at_the_machine(settings: Settings, work: Callable[[Office, Actor], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with _office(settings) as office:
            return await work(office, _operator())

    from domain.errors import RefusedError

    try:
        return asyncio.run(run())
    except RefusedError as refused:
        raise CommandFault(refused.refusal.message.said_in(language()), code=Exit.NOT_SO) from refused


@asynccontextmanager
async def _office(settings: Settings) -> AsyncIterator[Office]:
    """An office that needs its database only; Temporal is not asked."""
    from temporalio.client import Client

    from app.wiring import office_of

    if settings.database == f"sqlite:///{settings.data / 'gspflow.db'}" and not (settings.data / "gspflow.db").exists():
        raise CommandFault(
            f"{settings.data} holds no installation", hint="name its folder with --data DIR", code=Exit.USAGE
        )
    office = office_of(settings, await Client.connect(settings.temporal or "127.0.0.1:1", lazy=True))
    try:
        yield office
    finally:
        office.db.close()
        office.drafts.close()


def _operator() -> Actor:
    """Whoever may write the data folder may do what an administrator may, and stands in the record as that."""
    from services.actor import Actor
    from services.admin_laws import ADMIN
    from services.setup import OPERATOR

    who = f"{OPERATOR}:{getpass.getuser()}"
    return Actor(who, who, who, language(), {ADMIN: frozenset({"all"})}, method="terminal")
