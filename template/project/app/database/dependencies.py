# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/database/' ~ store ~ '/dependencies.py' %}
# {% endcall %}
