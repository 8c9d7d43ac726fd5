"""Who may call what: every route says it, and the server does not start while one does not.

`@audience("public")` is for everybody, `@audience("tablet")` for the anonymous tablets (no cookie
is read there), and names of roles for officials who have logged in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from voting.core.errors import Forbidden
from voting.core.text import text

ADMIN, SECRETARIAT, PRESIDIUM, SCRUTINEER, AUDITOR = ROLES = (
    "admin",
    "secretariat",
    "presidium",
    "scrutineer",
    "auditor",
)
ROLE_NAMES = {
    ADMIN: text("管理员"),
    SECRETARIAT: text("秘书处"),
    PRESIDIUM: text("主席团"),
    SCRUTINEER: text("监票人"),
    AUDITOR: text("审计"),
}
OFFICIALS = (SECRETARIAT, PRESIDIUM, SCRUTINEER)
PUBLIC, TABLET = "public", "tablet"

View = TypeVar("View", bound=Callable[..., Any])


class UndeclaredRoute(RuntimeError):
    """A route does not say who may call it."""


def audience(*who: str) -> Callable[[View], View]:
    """Declare who may call a view: PUBLIC, TABLET, or roles."""
    if not who or not set(who) <= {*ROLES, PUBLIC, TABLET}:
        raise UndeclaredRoute(f"not an audience: {who}")

    def declare(view: View) -> View:
        view.__audience__ = frozenset(who)  # type: ignore[attr-defined]
        return view

    return declare


def enforce(app: Flask) -> None:
    """Refuse to start on a route without an audience, and check every request against its own."""
    audience(PUBLIC)(app.view_functions["static"])
    missing = [name for name, view in app.view_functions.items() if not _declared(view)]
    if missing:
        raise UndeclaredRoute(f"no audience declared: {', '.join(sorted(missing))}")
    app.before_request(_check)


def _declared(view: Callable[..., Any]) -> frozenset[str]:
    who: frozenset[str] = getattr(view, "__audience__", frozenset())
    return who


def is_anonymous() -> bool:
    """Whether this request is for the public or the tablets: then no cookie is read or set."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is None or bool(_declared(view) & {PUBLIC, TABLET})


def _check() -> BaseResponse | Response | None:
    if request.endpoint is None or is_anonymous():
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login", next=request.path))
    if current_user.role not in _declared(current_app.view_functions[request.endpoint]):
        raise Forbidden("wrong_role", "您的帐号没有这项权限。")
    return None
