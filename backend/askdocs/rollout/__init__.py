"""What `deploy.sh` and `rollback.sh` decide: whether a release is healthy, and which one to go back to."""
