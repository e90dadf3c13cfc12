# {% include 'template/features/users/migration.py' %}
