# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/jwt/' ~ store ~ '/refresh_tokens.py' %}
# {% endcall %}
