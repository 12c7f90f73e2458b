"""How well questions with known answers are answered: asked, judged, compared, reported."""
