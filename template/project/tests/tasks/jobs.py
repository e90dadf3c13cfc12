# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
# {% from 'template/features/tasks/decorators.jinja' import context, context_imports, get_context, imports, imports_below, job, job_context, job_type with context %}
"""Jobs for the tests."""

import os{{ "\nfrom asyncio import sleep" if not jobs_sync }}
from pathlib import Path{{ "\nfrom time import sleep" if jobs_sync }}

{{ imports() -}}
{{ imports_below() -}}
# {% if tasks in ['celery', 'taskiq'] %}

# {% endif %}
from app.logging import request_id
from app.tasks.queue import {{ context_imports }}
from app.tasks.service import JobError{{ ', JobType' if tasks == 'rq' }}


{{ job('idle', 1, 5) -}}
async def idle({{ job_context }}) -> None:
    """Do nothing."""


{{ job('name_request', 1, 5) -}}
async def name_request({{ job_context }}) -> str | None:
    return request_id.get()


{{ job('fail', 2, 5) | replace('retry_delay=2', 'retry_delay=1') -}}
async def fail({{ job_context ~ ', ' if job_context }}path: str) -> None:
    start(path)
    raise RuntimeError("the password is 1234")


{{ job('refuse', 2, 5) -}}
async def refuse({{ job_context }}) -> None:
    raise JobError("There is no paper.")


{{ job('wait', 3, 30) -}}
async def wait({{ job_context ~ ', ' if job_context }}path: str) -> int:
    """Wait for the permission to end, and return how often the job was started."""
{{ get_context() }}    started = start(path)
    await task.report_progress(1, 2)
    while not may_end(path):{{ '  # noqa: ASYNC110 -- what it waits for is outside' if not jobs_sync }}
        await sleep(0.02)
    return started


{{ job('hang', 1, 1) -}}
async def hang({{ job_context }}) -> None:
    await sleep(20)


def may_end(path: str) -> bool:
    return Path(f"{path}.end").exists()


def start(path: str) -> int:
    """Note a start and the process in files, and return how many starts there were."""
    Path(f"{path}.process").write_text(str(os.getpid()))
    with open(path, "a+") as file:  # noqa: PTH123
        file.write("x")
        return file.tell()


JOBS = {
    "idle": {{ job_type('idle', 1, 5) }},
    "name_request": {{ job_type('name_request', 1, 5) }},
    "fail": {{ job_type('fail', 2, 5, ', intervals=(1,)') }},
    "refuse": {{ job_type('refuse', 2, 5) }},
    "wait": {{ job_type('wait', 3, 30, ', intervals=(1,)') }},
    "hang": {{ job_type('hang', 1, 1) }},
}
# {% endcall %}
