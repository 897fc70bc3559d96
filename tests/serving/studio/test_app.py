"""Routes of the page's application."""


def test_the_config_names_the_models(client) -> None:
    response = client.get("/studio/config.json")

    assert response.json() == {
        "feedback": False,
        "experiment": None,
        "models": ["recommender", "designer"],
    }


def test_the_health_names_the_versions(client) -> None:
    response = client.get("/studio/health")

    assert response.json() == {
        "models": {"recommender": ["7"], "designer": ["3"]}
    }


def test_a_prediction_passes_through(predict) -> None:
    response = predict("recommender", "serving_default", user_id=["ann"])

    assert response.status_code == 200
    assert response.json()["outputs"]["known_user"] == [True]


def test_an_unknown_address_is_said_in_words(client) -> None:
    response = client.get("/etc/passwd")

    assert response.status_code == 404
    assert response.json() == {"error": "There is nothing at this address."}
