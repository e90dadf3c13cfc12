# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/database/' ~ store ~ '/errors.py' %}
# {% endcall %}
