"""Routes for login, logout and the sessions of the user."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response

from app.auth.cookies import COOKIE, delete_cookie
from app.auth.csrf import FROM_OWN_ORIGIN, csrf_token
from app.auth.dependencies import NO_STORE, CallerDep, CurrentUser
from app.auth.schemas import Credentials, CurrentSession, SessionList, SessionPublic
from app.auth.service import AuthServiceDep
from app.auth.sessions import LoginSessionsDep
from app.users.models import User
from app.users.schemas import PasswordChange, UserCreate, UserPublic

router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[NO_STORE])


@router.post(
    "/register", status_code=201, response_model=UserPublic, dependencies=[FROM_OWN_ORIGIN]
)
async def register(data: UserCreate, auth: AuthServiceDep) -> User:
    return await auth.register(data)


@router.post("/login", dependencies=[FROM_OWN_ORIGIN])
async def log_in(
    data: Credentials, auth: AuthServiceDep, request: Request, response: Response
) -> CurrentSession:
    user = await auth.log_in(data.email, data.password.get_secret_value())
    return await auth.open_session(user, request, response)


@router.post("/logout", status_code=204)
async def log_out(
    user: CurrentUser, caller: CallerDep, sessions: LoginSessionsDep, response: Response
) -> None:
    await sessions.end(user.id, caller.session.id)
    delete_cookie(response)


@router.post("/logout-all", status_code=204)
async def log_out_everywhere(
    user: CurrentUser,
    auth: AuthServiceDep,
    response: Response,
) -> None:
    await auth.revoke_all(user)
    delete_cookie(response)


@router.post("/password")
async def change_password(
    user: CurrentUser,
    data: PasswordChange,
    auth: AuthServiceDep,
    request: Request,
    response: Response,
) -> CurrentSession:
    """Change the password, end all sessions of the user, and start a new one."""
    changed = await auth.change_password(user, data)
    return await auth.open_session(changed, request, response)


@router.get("/session")
async def read_current_session(user: CurrentUser, request: Request) -> CurrentSession:
    """Return the user and the CSRF token, for a page that was just loaded."""
    secret = request.cookies[COOKIE]
    return CurrentSession(user=UserPublic.model_validate(user), csrf_token=csrf_token(secret))


@router.get("/sessions")
async def list_sessions(
    user: CurrentUser,
    caller: CallerDep,
    sessions: LoginSessionsDep,
) -> SessionList:
    found = [SessionPublic.model_validate(session) for session in await sessions.of(user)]
    for session in found:
        session.current = session.id == caller.session.id
    return SessionList(items=found)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, user: CurrentUser, sessions: LoginSessionsDep) -> None:
    if not await sessions.end(user.id, session_id):
        raise HTTPException(404, f"There is no session {session_id}.")
