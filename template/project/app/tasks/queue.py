# {% include 'template/features/tasks/' ~ tasks ~ '/queue.py' %}
