# {% include 'template/features/users/' ~ store ~ '/models.py' %}
