"""Who asks, as routes see them: the key that opened the gate, and whether it has the scope a route needs."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from announcements.types import KeyScope
from bot.context import Context
from bot.web.api.problems import ApiRefusal, Trouble
from bot.web.wording import say
from db.access.keys import KeyRow

# Looked at by `gate.py`; here it is only described.
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="loa_<8 characters>_<43 characters>",
    description="A key of the commune's office (`loa key add`), sent as `Authorization: Bearer loa_…`. It acts in one "
    "area and below it. Scopes: `read` (counts, nobody's name), `announce`, `record`, `households` (personal data).",
)


@dataclass(frozen=True, slots=True)
class Caller:
    context: Context
    key: KeyRow


async def _caller(request: Request, wanted: SecurityScopes, _: Annotated[object, Security(bearer)]) -> Caller:
    key: KeyRow = request.state.key
    for scope in map(KeyScope, wanted.scopes):
        if scope not in key.scopes:
            challenge = f'Bearer realm="loa", error="insufficient_scope", scope="{scope}"'
            raise ApiRefusal(Trouble.SCOPE_MISSING, scope=scope.value, headers={"WWW-Authenticate": challenge})
    _must_be_known(request)
    return Caller(request.app.state.context, key)


def _must_be_known(request: Request) -> None:
    """A filter that is spelt wrong must not quietly let everything through."""
    known = request.app.state.query_names[request.scope["endpoint"].__name__]
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        detail = say("api_field.extra_forbidden")
        raise ApiRefusal(
            Trouble.INVALID, errors=[{"in": "query", "field": name, "detail": detail} for name in unknown]
        )  # fmt: skip


Anyone = Annotated[Caller, Security(_caller)]
Reader = Annotated[Caller, Security(_caller, scopes=[KeyScope.READ])]
Announcer = Annotated[Caller, Security(_caller, scopes=[KeyScope.ANNOUNCE])]
Recorder = Annotated[Caller, Security(_caller, scopes=[KeyScope.RECORD])]
Confidant = Annotated[Caller, Security(_caller, scopes=[KeyScope.HOUSEHOLDS])]
