# {% include 'template/features/server/' ~ server ~ '.py' %}
