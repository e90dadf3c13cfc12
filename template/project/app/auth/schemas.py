# {% include 'template/features/auth/' ~ auth ~ '/schemas.py' %}
