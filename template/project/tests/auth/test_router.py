# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% include 'template/features/auth/' ~ auth ~ '/tests/test_router.py' %}
# {% endcall %}
