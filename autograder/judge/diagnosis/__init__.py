"""Names the misconception behind a wrong answer."""
