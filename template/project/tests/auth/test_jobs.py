# {% set kept = 'RefreshToken' if auth == 'jwt' else 'LoginSession' %}
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.auth.jobs import delete_expired
from app.auth.login_throttle import WINDOW, Attempt
# {% if auth == 'jwt' %}
from app.auth.refresh_tokens import RefreshToken
# {% else %}
from app.auth.sessions import LoginSession
# {% endif %}
from app.database.base import utc_now
from app.tasks.schemas import TaskRecord
# {% if tasks == 'rq' %}
from app.tasks.service import JobType, Tasks
# {% else %}
from app.tasks.service import Tasks
# {% endif %}
from app.users.models import User
from tests.tasks.fixtures import Call, Worker


def test_expired_rows_are_deleted(
    worker: Worker, tasks: Tasks, call: Call, engine: Engine, user: User
) -> None:
    now = utc_now()
    with Session(engine) as session:
        for age in (timedelta(0), WINDOW):
            session.add(Attempt(key="a", made_at=now - age))
        for number, age in enumerate((-WINDOW, WINDOW)):
            # {% if auth == 'jwt' %}
            token = RefreshToken(
                user_id=user.id,
                user_version=user.version,
                family_id=user.id,
                token_hash=str(number),
                scope="",
                expires_at=now - age,
            )
            session.add(token)
            # {% else %}
            login = LoginSession(
                user_id=user.id,
                user_version=user.version,
                secret_hash=str(number),
                expires_at=now - age,
            )
            session.add(login)
        # {% endif %}
        session.commit()
    task = TaskRecord(job="delete_expired", arguments={})
    # {% if tasks == 'rq' %}
    call(tasks.send, task, JobType(delete_expired, timeout=60))
    # {% else %}
    call(tasks.send, task, delete_expired)
    # {% endif %}
    worker.wait_until(lambda: call(tasks.outcome, task).state == "succeeded")
    with Session(engine) as session:
        assert session.query(Attempt).count() == 1
        assert session.query({{kept}}).count() == 1
