from app.greeting import greet


def test_somebody_is_greeted_by_name() -> None:
    assert greet("Ada").lower() == "hello, ada"
