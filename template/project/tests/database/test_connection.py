# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/database/' ~ database ~ '/tests/test_connection.py' %}
# {% endcall %}
