if [ ! -e secrets/redis_url ]; then
  password=$(random)
  printf %s "$password" > secrets/redis_password
  printf %s "redis://:$password@redis:6379/0" > secrets/redis_url
fi
