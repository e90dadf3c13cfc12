# {% include 'template/features/websockets/' ~ websockets ~ '/broker.py' %}
