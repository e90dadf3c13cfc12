# {% include 'template/features/websockets/test_origins.py' %}
