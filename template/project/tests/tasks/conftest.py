import pytest


@pytest.fixture(autouse=True)
def jobs_of_the_tests(test_jobs: None) -> None:
    """Use the jobs of the tests in all tests of this folder."""
