# {% include 'template/features/auth/' ~ auth ~ '/tests/fixtures.py' %}
