@cache
def arguments_model(job: str) -> type[Schema]:
    """Return a model of the parameters of a job{{ ', except its context' if tasks != 'rq' and tasks != 'huey' }}."""
    # {% set function = {'celery': '.run', 'taskiq': '.original_func', 'rq': '.function', 'huey': '.func'} %}
    # {% set function = 'JOBS[job]' ~ function[tasks] | default('') %}
    parameters = signature({{ function }}, eval_str=True).parameters
    fields: dict[str, Any] = {
        name: each.annotation if each.default is each.empty else (each.annotation, each.default)
        # {% if tasks in ['background', 'taskiq'] %}
        for name, each in list(parameters.items())[1:]
        # {% else %}
        for name, each in parameters.items()
        # {% endif %}
    }
    return create_model(job, __base__=Schema, **fields)


# {% if task_queue %}
async def get_new_task(
# {% if auth != 'none' %}
    user: TasksRun, job: str, arguments: Annotated[dict[str, JsonValue], Body(default_factory=dict)]
# {% else %}
    job: str, arguments: Annotated[dict[str, JsonValue], Body(default_factory=dict)]
# {% endif %}
) -> TaskRecord:
# {% else %}
async def get_arguments(
    job: str, arguments: Annotated[dict[str, JsonValue], Body(default_factory=dict)]
) -> dict[str, Any]:
# {% endif %}
    """Check the body by the signature of the job."""
    if job not in JOBS:
        raise HTTPException(404, f"There is no such job. The jobs are {', '.join(JOBS)}.")
    try:
        checked = arguments_model(job).model_validate(arguments)
    except ValidationError as error:
        wrong = [{**part, "loc": ("body", *part["loc"])} for part in error.errors()]
        raise RequestValidationError(wrong) from None
# {% if task_queue %}
# {% if auth != 'none' %}
    return TaskRecord(job=job, arguments=checked.model_dump(mode="json"), owner_id=user.id)
# {% else %}
    return TaskRecord(job=job, arguments=checked.model_dump(mode="json"))
# {% endif %}


NewTask = Annotated[TaskRecord, Depends(get_new_task)]
# {% else %}
    return dict(checked)


ArgumentsDep = Annotated[dict[str, Any], Depends(get_arguments)]
# {% endif %}
