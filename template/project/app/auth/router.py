# {% from 'template/style.jinja' import style with context %}
# {% if auth == 'oidc' %}
# {% include 'template/features/auth/oidc/router.py' %}
# {% else %}
# {% call style() %}
# {% include 'template/features/auth/' ~ auth ~ '/router.py' %}
# {% endcall %}
# {% endif %}
