# {% include 'template/features/items/' ~ store ~ '/models.py' %}
