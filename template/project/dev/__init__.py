# {% if database == 'postgresql' or auth == 'oidc' %}
import warnings
# {% if auth == 'oidc' %}

from authlib.deprecate import AuthlibDeprecationWarning
# {% endif %}

# {% endif %}
# {% if database == 'postgresql' %}
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
# {% endif %}
# {% if auth == 'oidc' %}
warnings.simplefilter("ignore", AuthlibDeprecationWarning)
# {% endif %}
