def refuse_other_origins(connection: HTTPConnection, settings: SettingsDep) -> None:
    """Accept pages of this service, pages of the CORS origins, and clients other than browsers."""
    origin = connection.headers.get("Origin")
    if origin is None:
        site = connection.headers.get("Sec-Fetch-Site", "none")
        trusted = site in {"none", "same-origin"}
    else:
        # {% if auth == 'session' %}
        trusted = origin in {own_origin(connection), *settings.cors_origins}
        # {% else %}
        allowed = {own_origin(connection), *settings.cors_origins}
        trusted = not allowed.isdisjoint({origin, "*"})
    # {% endif %}
    if not trusted:
        raise HTTPException(403, "Requests from pages of other sites are not allowed.")


def own_origin(connection: HTTPConnection) -> str:
    """Return the origin of this service as the browser writes it (RFC 6454, section 6.2)."""
    secure = connection.scope["scheme"] in {"https", "wss"}
    scheme, default_port = ("https", ":443") if secure else ("http", ":80")
    host = connection.headers.get("Host", "").lower()
    return f"{scheme}://{host.removesuffix(default_port)}"
