# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/api_key/' ~ store ~ '/keys.py' %}
# {% endcall %}
