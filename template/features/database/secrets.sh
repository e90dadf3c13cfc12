if [ ! -e secrets/database_url ]; then
  password=$(random)
  printf %s "$password" > secrets/database_password
# {% if database == 'postgresql' %}
  printf %s "postgresql://app:$password@database:5432/app" > secrets/database_url
# {% else %}
  printf %s "mongodb://app:$password@database:27017/app?authSource=admin" > secrets/database_url
# {% endif %}
fi
