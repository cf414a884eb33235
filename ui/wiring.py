"""Where the pages meet `services.people`: a session token becomes an `Account`, a posted form a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

from domain.roles import ROLES
from services import people
from ui.context import Account, DemoAccount, SignIn, SignInAnswer, Site, UiContext
from ui.texts import Lang, as_lang, catalogue

#: The demo accounts in the order of the login page, with their role.
DEMO_ROLES = {
    "inspector": "inspector",
    "receiver": "receiver",
    "keeper": "warehouse_keeper",
    "keeper2": "warehouse_keeper",
    "qa": "quality_staff",
    "director": "quality_director",
    "owner": "process_owner",
    "auditor": "auditor",
    "head": "company_head",
    "admin": "it_admin",
    "qa2": "quality_staff",
    "coldchain": "cold_chain_operator",
    "buyer": "purchaser",
    "reviewer": "outbound_reviewer",
    "seller": "sales",
    "manager": "department_manager",
    "driver": "transport_staff",
    "aftersales": "after_sales_manager",
    "ae": "ae_officer",
    "trainer": "training_admin",
    "equipment": "equipment_admin",
    "finance": "finance",
    "hr": "hr",
    "guest": "guest_auditor",
}


@dataclass(frozen=True)
class Installation:
    """What the login page says about whose system this is: names in zh and en, and names of the demo people."""

    company: Mapping[str, str] = field(default_factory=dict)
    sites: Sequence[Site] = ()
    demo_names: Mapping[str, str] = field(default_factory=dict)


def context_of(office: Any, installation: Installation, *, demo: bool) -> UiContext:
    """The context of the product: sessions and accounts come from `services.people`."""

    async def account_of(token: str) -> Account | None:
        actor = await people.session_actor(office, token)
        return None if actor is None else account_from(actor, await people.me(office, actor))

    async def sign_in(entered: SignIn) -> SignInAnswer:
        door = people.login_badge if entered.method == "badge" else people.login
        try:
            session = await door(office, entered.name, entered.secret, entered.device, entered.source)
        except people.LoginRefused as refused:
            return SignInAnswer(code="locked" if refused.until else "wrong", until=refused.until)
        return SignInAnswer(token=session.token)

    async def sign_out(token: str) -> None:
        await people.logout(office, token)

    async def locked_name(token: str) -> str | None:
        return await people.is_locked(office, token)

    async def keep_language(account: Account, lang: Lang) -> None:
        await people.set_language(office, cast("people.Actor", account.actor), lang)

    return UiContext(
        office=office,
        account_of=account_of,
        sign_in=sign_in,
        sign_out=sign_out,
        locked_name=locked_name,
        keep_language=keep_language,
        company=dict(installation.company),
        sites=installation.sites,
        demo_accounts=demo_accounts(installation.demo_names) if demo else (),
        version=_version(),
    )


def account_from(actor: Any, me: Mapping[str, Any]) -> Account:
    """The account as pages show it, from the actor of the session and the answer of `services.people.me`."""
    return Account(
        id=actor.id,
        name=actor.name,
        roles=tuple(actor.roles),
        sites=tuple(_site(site) for site in me.get("sites", ())),
        number=str(me.get("number") or ""),
        lang=as_lang(actor.lang),
        actor=actor,
        name_en=actor.name_en,
    )


def _site(site: Any) -> Site:
    """A site of `me`: an object with its name, or only its key."""
    if isinstance(site, str):
        return Site(site, {"zh": site, "en": site})
    key = str(site.get("key") or site.get("id"))
    name = site.get("name") or key
    return Site(key, dict(name) if isinstance(name, Mapping) else {"zh": str(name), "en": str(name)})


def demo_accounts(names: Mapping[str, str]) -> list[DemoAccount]:
    """The rows of the demo panel; `names` by username."""
    words = catalogue()
    return [
        DemoAccount(
            username, names.get(username, ""), {"zh": ROLES[role].zh, "en": ROLES[role].en}, {**words[f"demo.{role}"]}
        )
        for username, role in DEMO_ROLES.items()
    ]


def _version() -> str:
    try:
        return version("gspflow")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
