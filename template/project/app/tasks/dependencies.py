# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync and task_queue) %}
# {% include 'template/features/tasks/' ~ ('queues' if task_queue else 'background') ~ '/dependencies.py' %}
# {% endcall %}
