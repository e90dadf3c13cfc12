# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/items/' ~ store ~ '/repository.py' %}
# {% endcall %}
