# {% include 'template/features/tasks/' ~ tasks ~ '/worker.py' %}
