# {% include 'template/features/tasks/' ~ ('queues' if task_queue else 'background') ~ '/tests/test_jobs.py' %}
