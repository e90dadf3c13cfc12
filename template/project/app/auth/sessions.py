# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/session/' ~ store ~ '/sessions.py' %}
# {% endcall %}
