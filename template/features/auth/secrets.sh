# {% for secret in auth_secrets %}
[ -e secrets/{{ secret }} ] || printf %s "$(random)" > secrets/{{ secret }}
# {% endfor %}
