# {% include 'template/features/websockets/' ~ websockets ~ '/test_broker.py' %}
