# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/' ~ auth ~ '/service.py' %}
# {% endcall %}
