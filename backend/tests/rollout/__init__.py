"""Tests of what a deploy and a rollback decide."""
