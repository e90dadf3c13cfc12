# {% from 'template/style.jinja' import style with context %}
# {% if auth == 'oidc' %}
# {% include 'template/features/auth/oidc/dependencies.py' %}
# {% else %}
# {% call style() %}
# {% include 'template/features/auth/' ~ auth ~ '/dependencies.py' %}
# {% endcall %}
# {% endif %}
# {% if auth in ['jwt', 'oidc'] %}


def get_credentials(connection: HTTPConnection) -> str:
    """Return the access token of the `Authorization` header."""
    scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated("Authentication is required: send an access token.")
    return token
# {% endif %}


def unauthenticated(detail: str, *, error: str | None = None) -> HTTPException:
    """Return a 401. `error` is the code of RFC 6750 for invalid credentials."""
    challenge = f'{CHALLENGE} error="{error}"' if error else CHALLENGE
    return HTTPException(401, detail, headers={"WWW-Authenticate": challenge})


def out_of_scope(scopes: list[str]) -> HTTPException:
    """Return a 403 that names the required scopes."""
    challenge = f'{CHALLENGE} error="insufficient_scope", scope="{" ".join(scopes)}"'
    detail = f"Required scope: {' '.join(scopes)}."
    return HTTPException(403, detail, headers={"WWW-Authenticate": challenge})


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_current_user(
    needed: SecurityScopes, caller: CallerDep, _documented: Annotated[Any, Depends(SCHEME)]
) -> User:
    if not caller.scopes.issuperset(needed.scopes):
        raise out_of_scope(needed.scopes)
    return caller.user


CurrentUser = Annotated[User, Security(get_current_user)]
# {% if users %}
AccountWrite = Annotated[User, Security(get_current_user, scopes=["account:write"])]
# {% endif %}
# {% if passwords %}


async def forbid_caching(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


NO_STORE = Depends(forbid_caching)
# {% endif %}
