# {% include 'template/features/database/' ~ database ~ '/fixtures.py' %}
