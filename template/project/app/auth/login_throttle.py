# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/passwords/' ~ ('sql' if sql else 'mongodb') ~ '/login_throttle.py' %}
# {% endcall %}
