# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/users/' ~ store ~ '/repository.py' %}
# {% endcall %}
